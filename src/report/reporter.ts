import type { Mailbox } from '../core/message.ts'
import type { Digest } from '../core/report/digest.ts'
import type { OutgoingMail } from '../core/report/outgoing-mail.ts'
import type { Report } from '../core/report/report.ts'
import type { Addressed } from '../core/report/report-policy.ts'
import type { Installation, Notice } from '../core/watch/notice.ts'

/** What of a mail is not told by the report: `addressReport` gives most of it. */
export interface Envelope extends Pick<Addressed, 'audience' | 'to' | 'cc'> {
  /** The bot's own address. */
  readonly from: Mailbox
  /** The outbox key (`reportKey`), of which the Message-ID is made. */
  readonly key: string
  /** Named in the text as those who can help; not written to. */
  readonly maintainers: readonly Mailbox[]
}

/** What of a mail to the operator is not told by the notice. */
export interface NoticeEnvelope extends Pick<Envelope, 'from' | 'key' | 'to'> {
  /** Which one writes: its operator may have several. */
  readonly installation: Installation
}

/** Pure: the same report gives the same mail, byte for byte. */
export interface Reporter {
  render(report: Report, envelope: Envelope): OutgoingMail
  renderDigest(digest: Digest, envelope: Pick<Envelope, 'from' | 'key' | 'to' | 'cc'>): OutgoingMail
  /** `bad`: the keys of what the operator takes for bad once the mail is read. */
  renderNotice(notice: Notice, bad: readonly string[], envelope: NoticeEnvelope): OutgoingMail
}

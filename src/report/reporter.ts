import type { Mailbox } from '../core/message.ts'
import type { OutgoingMail } from '../core/outgoing-mail.ts'
import type { Audience } from '../core/project.ts'
import type { Report } from '../core/report.ts'

export interface Envelope {
  /** The bot's own address. */
  readonly from: Mailbox
  readonly audience: Exclude<Audience, 'nobody'>
  readonly maintainers: readonly Mailbox[]
}

/** Pure: the same report gives the same mail, byte for byte. */
export interface Reporter {
  render(report: Report, envelope: Envelope): OutgoingMail
}

import type { MessageId, Sha, TopicId } from './ids.ts'
import type { MailKind } from './project.ts'
import type { NotedBounce } from './report/bounce.ts'
import type { DigestItem } from './report/digest.ts'
import type { OutgoingMail } from './report/outgoing-mail.ts'

/** One event in the life of an outgoing mail, on the journal's branch `sent`. */
export interface SentEntry {
  readonly at: Date
  /** The outbox key. */
  readonly key: string
  readonly event: 'intended' | 'deferred' | 'handed-over' | 'seen' | 'rejected' | 'unknown'
  readonly messageId: MessageId
  readonly project: string
  readonly topic: TopicId | null
  readonly version: string | null
  readonly head: Sha | null
  readonly kind: MailKind
  /** The whole mail with `intended`, and with what is said first of one that may have left before a restore; else null. */
  readonly mail: OutgoingMail | null
  /** What a digest tells, where there is `mail`. */
  readonly items?: readonly DigestItem[]
  /** What the server or folder answered, or why it is unknown. */
  readonly note: string
}

/** What a person said, on the journal's branch `decisions`; and the few things only we know. */
export type JournalDecision =
  | {
      readonly kind: 'approve'
      readonly topic: TopicId
      readonly version: string
      readonly head: Sha
    }
  /** This version and all older ones. */
  | {
      readonly kind: 'withdraw'
      readonly topic: TopicId
      readonly version: string
      readonly reason: string
    }
  /** The series that this mail is part of is a version of this topic. */
  | {
      readonly kind: 'link'
      readonly mail: MessageId
      readonly topic: TopicId
      readonly reason: string
    }
  /** It is no version of the topic it was in, and begins this one. */
  | {
      readonly kind: 'unlink'
      readonly mail: MessageId
      readonly topic: TopicId
      readonly reason: string
    }
  /**
   * This mail is part of the series that `to` is part of; where that is the mail itself it opens a series of its own,
   * which begins `topic`.
   */
  | {
      readonly kind: 'split'
      readonly mail: MessageId
      readonly to: MessageId
      readonly topic: TopicId | null
      readonly reason: string
    }
  /** What was said of the link, or of the place, of these mails holds no more. */
  | {
      readonly kind: 'undo'
      readonly of: 'link' | 'split'
      readonly mails: readonly MessageId[]
      readonly reason: string
    }
  | { readonly kind: 'opt-out'; readonly address: string; readonly isOut: boolean }
  | { readonly kind: 'release'; readonly key: string; readonly reason: string }
  | { readonly kind: 'drop'; readonly key: string; readonly reason: string }
  /** Somebody has looked at these mails that could not be read: blobs of the archive. */
  | { readonly kind: 'quarantine-seen'; readonly mails: readonly Sha[]; readonly reason: string }
  /** A mail of ours did not reach somebody. */
  | ({ readonly kind: 'bounce' } & NotedBounce)
  /** Nothing is written to this address until then: it bounced too often. `until` not after `at` ends that. */
  | { readonly kind: 'silence'; readonly address: string; readonly until: Date }
  /** An import: series that began before `since` stay silent; all of them when null. */
  | { readonly kind: 'import'; readonly paths: readonly string[]; readonly since: Date | null }
  /** State was brought back from a backup made at `madeAt`, null: from none. What was sent between then and now nobody here remembers. */
  | { readonly kind: 'restore'; readonly madeAt: Date | null }
  /** The topic id and slug as they were first published or reported. */
  | {
      readonly kind: 'topic'
      readonly topic: TopicId
      readonly project: string
      readonly slug: string
      readonly mails: readonly MessageId[]
    }

export interface DecisionEntry {
  readonly at: Date
  /** The named token, the account, `command line (user)`, or `patchferry` for `topic`, `bounce`, `silence` and overtaken reports. */
  readonly by: string
  readonly decision: JournalDecision
}

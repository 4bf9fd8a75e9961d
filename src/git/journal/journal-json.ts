import { z } from 'zod'
import type { MessageId, Sha, TopicId } from '../../core/ids.ts'
import type { DecisionEntry, JournalDecision, SentEntry } from '../../core/journal-entry.ts'
import { type MailKind, mailKinds, reportKinds } from '../../core/project.ts'
import type { DigestItem } from '../../core/report/digest.ts'
import type { OutgoingMail } from '../../core/report/outgoing-mail.ts'

/** What became of the JSON of one entry. */
export type ReadEntry<T> =
  | { readonly outcome: 'entry'; readonly entry: T }
  /** Of a kind that a newer version writes and this one does not know. */
  | { readonly outcome: 'unknown-kind'; readonly kind: string }
  | { readonly outcome: 'unreadable'; readonly reason: string }

const time = z.iso.datetime().transform((text) => new Date(text))
const messageId = z.string().transform((text) => text as MessageId)
const topicId = z.string().transform((text) => text as TopicId)
const sha = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
  .transform((text) => text as Sha)
const mailbox = z.object({ name: z.string(), address: z.string() })

const outgoingMail: z.ZodType<OutgoingMail> = z.object({
  messageId,
  inReplyTo: messageId.nullable(),
  references: z.array(messageId),
  from: mailbox,
  to: z.array(mailbox),
  cc: z.array(mailbox),
  subject: z.string(),
  date: time,
  text: z.string(),
  headers: z.record(z.string(), z.string()),
})

/** As records, so that a kind that is added to the type and not here does not compile. */
const sentEvents: Readonly<Record<SentEntry['event'], true>> = {
  intended: true,
  deferred: true,
  'handed-over': true,
  seen: true,
  rejected: true,
  unknown: true,
}

const digestItem: z.ZodType<DigestItem> = z.object({
  key: z.string(),
  project: z.string(),
  list: z.string(),
  kind: z.enum(reportKinds),
  topic: topicId,
  version: z.string(),
  head: sha.nullable(),
  anchor: messageId,
  name: z.string(),
  submitter: mailbox,
  verdict: z.string(),
  fetch: z.string().exactOptional(),
  rule: z.string(),
  at: time,
})

const sentEntry: z.ZodType<SentEntry> = z.object({
  at: time,
  key: z.string(),
  event: z.custom<SentEntry['event']>((value) => isKeyOf(sentEvents, value)),
  messageId,
  project: z.string(),
  topic: topicId.nullable(),
  version: z.string().nullable(),
  head: sha.nullable(),
  kind: z.enum(mailKinds),
  mail: outgoingMail.nullable(),
  items: z.array(digestItem).exactOptional(),
  note: z.string(),
})

const waved = { key: z.string(), reason: z.string() }

const decisions: Readonly<Record<JournalDecision['kind'], z.ZodType<JournalDecision>>> = {
  approve: z.object({
    kind: z.literal('approve'),
    topic: topicId,
    version: z.string(),
    head: sha,
  }),
  withdraw: z.object({
    kind: z.literal('withdraw'),
    topic: topicId,
    version: z.string(),
    reason: z.string(),
  }),
  link: z.object({
    kind: z.literal('link'),
    mail: messageId,
    topic: topicId,
    reason: z.string(),
  }),
  unlink: z.object({
    kind: z.literal('unlink'),
    mail: messageId,
    topic: topicId,
    reason: z.string(),
  }),
  split: z.object({
    kind: z.literal('split'),
    mail: messageId,
    to: messageId,
    topic: topicId.nullable(),
    reason: z.string(),
  }),
  undo: z.object({
    kind: z.literal('undo'),
    of: z.enum(['link', 'split']),
    mails: z.array(messageId),
    reason: z.string(),
  }),
  'opt-out': z.object({ kind: z.literal('opt-out'), address: z.string(), isOut: z.boolean() }),
  release: z.object({ kind: z.literal('release'), ...waved }),
  drop: z.object({ kind: z.literal('drop'), ...waved }),
  'quarantine-seen': z.object({
    kind: z.literal('quarantine-seen'),
    mails: z.array(sha),
    reason: z.string(),
  }),
  import: z.object({
    kind: z.literal('import'),
    paths: z.array(z.string()),
    since: time.nullable(),
  }),
  bounce: z.object({
    kind: z.literal('bounce'),
    key: z.string(),
    address: z.string(),
    isPermanent: z.boolean(),
    status: z.string().nullable(),
    reason: z.string(),
    bounce: messageId.nullable(),
  }),
  silence: z.object({ kind: z.literal('silence'), address: z.string(), until: time }),
  restore: z.object({ kind: z.literal('restore'), madeAt: time.nullable() }),
  topic: z.object({
    kind: z.literal('topic'),
    topic: topicId,
    project: z.string(),
    slug: z.string(),
    mails: z.array(messageId),
  }),
}

const header = z.object({ at: time, by: z.string(), decision: z.looseObject({ kind: z.string() }) })

/** The text of `entry.json`: dates as ISO 8601, one field per line, so that `git diff` reads well. */
export function entryText(entry: SentEntry | DecisionEntry): string {
  return `${JSON.stringify(entry, null, 2)}\n`
}

export function readSentEntry(text: string): ReadEntry<SentEntry> {
  return reading(text, (value) => {
    const { event, kind } = z.object({ event: z.string(), kind: z.string() }).parse(value)
    if (!isKeyOf(sentEvents, event) || !isMailKind(kind)) {
      return { outcome: 'unknown-kind', kind: `${event} ${kind}` }
    }
    return { outcome: 'entry', entry: sentEntry.parse(value) }
  })
}

export function readDecisionEntry(text: string): ReadEntry<DecisionEntry> {
  return reading(text, (value) => {
    const { at, by, decision } = header.parse(value)
    const { kind } = decision
    if (!isKeyOf(decisions, kind)) {
      return { outcome: 'unknown-kind', kind }
    }
    return { outcome: 'entry', entry: { at, by, decision: decisions[kind].parse(decision) } }
  })
}

function reading<T>(text: string, read: (value: unknown) => ReadEntry<T>): ReadEntry<T> {
  try {
    return read(JSON.parse(text))
  } catch (error) {
    if (error instanceof z.ZodError) {
      return { outcome: 'unreadable', reason: z.prettifyError(error) }
    }
    if (error instanceof SyntaxError) {
      return { outcome: 'unreadable', reason: `no JSON: ${error.message}` }
    }
    throw error
  }
}

function isMailKind(kind: string): kind is MailKind {
  return (mailKinds as readonly string[]).includes(kind)
}

function isKeyOf<K extends string>(record: Readonly<Record<K, unknown>>, key: unknown): key is K {
  return typeof key === 'string' && Object.hasOwn(record, key)
}

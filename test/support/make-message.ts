import { toMessageId } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'

/** What a test says of a mail; ids stand for themselves `@example.org`. */
export interface MailSketch extends Partial<Omit<Message, 'messageId' | 'patch' | 'to'>> {
  readonly id: string
  readonly subject: string
  /** Ids of In-Reply-To, and of References where `refs` is not given. */
  readonly answers?: readonly string[]
  readonly refs?: readonly string[]
  /** `ann` mails as `Ann <ann@example.org>`. */
  readonly by?: string
  /** Minutes after a fixed morning. */
  readonly minute?: number
  /** Whether it holds a format-patch body, or its patch-id; by default where a bracket names no cover. */
  readonly patch?: boolean | string
}

export const morning = Date.UTC(2024, 0, 15, 8)

export function id(local: string): ReturnType<typeof toMessageId> {
  return toMessageId(local.includes('@') ? local : `${local}@example.org`)
}

function mailbox(name: string): Message['from'] {
  return { name: `${name[0]?.toUpperCase()}${name.slice(1)}`, address: `${name}@example.org` }
}

function patchFacts(sketch: MailSketch, author: Message['from']): Message['patch'] {
  const looksLikePatch =
    /^\[[^\]]*\]/.test(sketch.subject) && !/\b0+(?:\/| of )\d/.test(sketch.subject)
  const patch = sketch.patch ?? looksLikePatch
  if (patch === false) {
    return null
  }
  return {
    author,
    title: sketch.subject.replace(/^(?:\w+: )?\s*(?:\[[^\]]*\]\s*)+/, ''),
    patchId: typeof patch === 'string' ? patch : null,
    contentHash: sketch.id,
    files: [],
    isFormatPatch: true,
  }
}

/** A whole `Message` from what matters to a test. */
export function makeMessage(sketch: MailSketch): Message {
  const { id: local, answers, refs, by, minute, patch: _patch, ...rest } = sketch
  const submitter = mailbox(by ?? 'ann')
  return {
    inReplyTo: (answers ?? []).map(id),
    references: (refs ?? answers ?? []).map(id),
    from: submitter,
    submitter,
    cc: [],
    sentAt: new Date(morning + (minute ?? 0) * 60_000),
    receivedAt: null,
    listIds: [],
    isAutomatic: false,
    hasDiffstat: false,
    pull: null,
    trailers: [],
    baseCommit: null,
    prerequisitePatchIds: [],
    changeId: null,
    supersedes: [],
    dependsOn: [],
    repairs: [],
    problems: [],
    ...rest,
    messageId: id(local),
    to: [],
    patch: patchFacts(sketch, submitter),
  }
}

/** A mail in few words; `answers` is the id of In-Reply-To and References. */
export function mail(
  local: string,
  subject: string,
  answers: string | null = null,
  more: Partial<MailSketch> = {},
): MailSketch {
  return { id: local, subject, ...(answers === null ? {} : { answers: [answers] }), ...more }
}

/** A cover and two patches by Ann. */
export const firstVersion: readonly MailSketch[] = [
  mail('c', '[PATCH 0/2] topic'),
  mail('a', '[PATCH 1/2] net: one', 'c', { minute: 1 }),
  mail('b', '[PATCH 2/2] net: two', 'c', { minute: 2 }),
]

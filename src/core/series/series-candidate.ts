import type { MessageId } from '../ids.ts'
import { effectiveDate, type Message } from '../message.ts'
import type { Ancestors } from './ancestors.ts'
import { isSamePerson } from './same-person.ts'
import { type MailSubject, readSubject } from './subject.ts'
import { titleStem } from './title-stem.ts'

/** A mail that is part of a series: a cover (number 0) or a patch. */
export interface Candidate {
  readonly message: Message
  readonly subject: MailSubject
  /** Effective date in epoch milliseconds. */
  readonly at: number
  readonly number: number
  readonly total: number
  /** False for a `[PATCH]` without counter, which is 1 of 1. */
  readonly isNumbered: boolean
  /** The mail whose series a person placed it in; itself where it opens one of its own; null where nobody did. */
  readonly placedWith: MessageId | null
}

/** `Re:` with another version than the mail it answers, and a whole format-patch in it: a new version in disguise. */
function isRevisedReply(message: Message, subject: MailSubject, ancestors: Ancestors): boolean {
  if (!subject.namesPatch || !subject.statesVersion || message.patch?.isFormatPatch !== true) {
    return false
  }
  for (const ancestor of ancestors(message)) {
    const answered = readSubject(ancestor.subject)
    if (answered.namesPatch) {
      return answered.version !== subject.version || answered.minor !== subject.minor
    }
  }
  return false
}

function isPatch(message: Message, subject: MailSubject, ancestors: Ancestors): boolean {
  if (message.patch === null || message.pull !== null) {
    return false
  }
  if (subject.isReply) {
    return isRevisedReply(message, subject, ancestors)
  }
  // A diff that somebody shows in a discussion is no patch; a whole format-patch is, whatever its subject.
  return subject.namesPatch || (message.patch.isFormatPatch && !message.isAutomatic)
}

interface Counter {
  readonly number: number
  readonly total: number
}

/** `[PATCH v2] title` in answer to one's own `[PATCH 2/3] title` is a new 2/3, though it does not say so. */
function answeredCounter(
  message: Message,
  subject: MailSubject,
  ancestors: Ancestors,
): Counter | null {
  if (!subject.namesPatch || !subject.statesVersion) {
    return null
  }
  for (const ancestor of ancestors(message)) {
    const answered = readSubject(ancestor.subject)
    if (answered.namesPatch && !answered.isReply) {
      const { number, total } = answered
      const isOlder =
        answered.version < subject.version ||
        (answered.version === subject.version && answered.minor < subject.minor)
      return number !== null &&
        total !== null &&
        number > 0 &&
        total > 1 &&
        isOlder &&
        titleStem(ancestor.subject) === titleStem(message.subject) &&
        isSamePerson(ancestor.submitter, message.submitter)
        ? { number, total }
        : null
    }
  }
  return null
}

function toCandidate(
  message: Message,
  ancestors: Ancestors,
  places: ReadonlyMap<MessageId, MessageId>,
): Candidate | null {
  const subject = readSubject(message.subject)
  const placedWith = places.get(message.messageId) ?? null
  const isCover = subject.number === 0 && !subject.isReply
  const isPlacedPatch = placedWith !== null && message.patch !== null
  if (!isCover && !isPlacedPatch && !isPatch(message, subject, ancestors)) {
    return null
  }
  const at = effectiveDate(message).getTime()
  const isBare = subject.number === null && placedWith === null
  const { number, total } =
    (isBare ? answeredCounter(message, subject, ancestors) : null) ?? subject
  return number === null || total === null || total === 0
    ? {
        message,
        subject,
        at,
        number: isCover ? 0 : 1,
        total: isCover ? 0 : 1,
        isNumbered: isCover,
        placedWith,
      }
    : { message, subject, at, number, total, isNumbered: true, placedWith }
}

/** The covers and patches of a thread, by Message-ID. `places` are those that people gave to mails. */
export function findCandidates(
  thread: readonly Message[],
  ancestors: Ancestors,
  places: ReadonlyMap<MessageId, MessageId>,
): ReadonlyMap<MessageId, Candidate> {
  return new Map(
    thread.flatMap((message) => {
      const candidate = toCandidate(message, ancestors, places)
      return candidate === null ? [] : [[message.messageId, candidate]]
    }),
  )
}

/** Whether a person said that it opens a series of its own. */
export function isSplit({ message, placedWith }: Candidate): boolean {
  return placedWith === message.messageId
}

/** The lowest number first, then oldest first, then by id. */
export function compareCandidates(one: Candidate, other: Candidate): number {
  return (
    one.number - other.number ||
    one.at - other.at ||
    (one.message.messageId < other.message.messageId ? -1 : 1)
  )
}

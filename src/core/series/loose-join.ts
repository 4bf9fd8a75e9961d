import { effectiveDate, type Message } from '../message.ts'
import { parsePatchSubject } from './subject.ts'

/** Mails that would be neighbours but for the lost References: at most this far apart. */
export const defaultLooseGapMs = 30 * 60 * 1000

/**
 * What mails without any reference must share to be joined: submitter address, version, total and prefixes.
 * Null for a mail that has references, or whose subject numbers no patch of several.
 */
export function looseKey(message: Message): string | null {
  if (message.inReplyTo.length > 0 || message.references.length > 0) {
    return null
  }
  const subject = parsePatchSubject(message.subject)
  if (subject === null || subject.isReply || subject.total === null || subject.total < 2) {
    return null
  }
  return JSON.stringify([
    message.submitter.address.toLowerCase(),
    subject.version,
    subject.minor,
    subject.total,
    subject.prefixes,
  ])
}

/** Sorting key of loose neighbours, in epoch milliseconds. */
export function looseTime(message: Message): number {
  return effectiveDate(message).getTime()
}

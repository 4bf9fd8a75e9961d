import type { MessageId } from '../ids.ts'
import type { Message } from '../message.ts'
import { type Ancestors, referredIds } from './ancestors.ts'
import { isSamePerson } from './same-person.ts'
import type { OtherMail } from './series.ts'
import type { Candidate } from './series-candidate.ts'
import { readSubject } from './subject.ts'

/** A mail with the subject of a cover, by somebody else and in answer to that very cover: a reply without `Re:`. */
export function isReplyToCover(
  cover: Candidate,
  candidates: ReadonlyMap<MessageId, Candidate>,
  ancestors: Ancestors,
): boolean {
  for (const { messageId } of ancestors(cover.message)) {
    const answered = candidates.get(messageId)
    if (answered !== undefined) {
      return (
        answered.number === 0 &&
        answered.total === cover.total &&
        answered.subject.title === cover.subject.title &&
        !isSamePerson(answered.message.submitter, cover.message.submitter)
      )
    }
  }
  return false
}

function replyReason(message: Message, ancestors: Ancestors): string {
  const [parent] = ancestors(message)
  const answered = parent?.messageId ?? referredIds(message)[0]
  const where = answered === undefined ? 'its subject says so' : `it answers ${answered}`
  const isHere = parent !== undefined || answered === undefined ? '' : ', which is not here'
  const diff = message.patch === null ? '' : '; its diff is taken for part of the discussion'
  return `${where}${isHere}${diff}`
}

function plainReason(message: Message): string {
  const { namesPatch } = readSubject(message.subject)
  if (namesPatch) {
    return 'its subject names a patch, but there is no diff in it'
  }
  return message.patch === null
    ? 'no diff, and a subject that names none'
    : 'its subject names no patch, and its diff is not from format-patch'
}

/** What a mail is that belongs to no series; `lonelyCover` is it as a cover without patches. */
export function describeOther(
  message: Message,
  lonelyCover: Candidate | null,
  ancestors: Ancestors,
): OtherMail {
  const { messageId, pull } = message
  const { isReply } = readSubject(message.subject)
  const older =
    message.supersedes.length === 0 ? '' : `; it supersedes ${message.supersedes.join(', ')}`
  if (pull !== null && !isReply) {
    const reason = `asks to pull ${pull.ref} from ${pull.url}${older}`
    return { messageId, kind: 'pull-request', reason }
  }
  if (lonelyCover !== null) {
    const { total } = lonelyCover
    const reason = `cover letter of ${total} patches, none of which is here${older}`
    return { messageId, kind: 'cover-only', reason }
  }
  return isReply || referredIds(message).length > 0
    ? { messageId, kind: 'reply', reason: replyReason(message, ancestors) }
    : { messageId, kind: 'not-a-patch', reason: plainReason(message) }
}

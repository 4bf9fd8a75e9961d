import type { MessageId } from '../core/ids.ts'
import { isUsableId } from '../core/report/mailable.ts'
import type { OutgoingMail } from '../core/report/outgoing-mail.ts'
import type { Report } from '../core/report/report.ts'
import { plainLine } from './plain-text.ts'

/** Some servers and readers limit a whole field to the length of a line (RFC 5322 2.1.1). */
const longestReferencesBytes = 998

/** A mail without Message-ID has one made by us, which no other program knows. */
function isOnTheList(id: MessageId): boolean {
  return isUsableId(id) && !id.endsWith('@no-message-id.invalid')
}

/** RFC 5322 3.6.4: the references of the answered mail and that mail; the middle left out where they are too many. */
export function threadingOf(
  answers: Report['answers'],
): Pick<OutgoingMail, 'inReplyTo' | 'references'> {
  const parent = isOnTheList(answers.messageId) ? answers.messageId : null
  const before = [...new Set(answers.references.filter(isOnTheList))].filter((id) => id !== parent)
  const all = parent === null ? before : [...before, parent]
  const [first, ...rest] = all
  const references = first === undefined ? [] : [first]
  let bytes = `References: <${first}>`.length
  const last: MessageId[] = []
  for (const id of rest.reverse()) {
    bytes += id.length + 3
    if (bytes > longestReferencesBytes && last.length > 0) {
      break
    }
    last.unshift(id)
  }
  return { inReplyTo: parent, references: [...references, ...last] }
}

/** One `Re:` before the subject of the answered mail, whose prefixes stay as they are. */
export function replySubject(subject: string): string {
  return `Re: ${plainLine(subject, 300).replace(/^(?:(?:re|aw|antw|sv|vs)(?:\[\d+\])?\s*:\s*)+/i, '')}`
}

import type { Mailbox } from '../../core/message.ts'
import { isFromMailSystem } from './bounce.ts'
import { type HeaderField, lastValueOf } from './header-block.ts'

const listFields = ['list-id', 'list-post', 'list-unsubscribe', 'x-mailing-list', 'x-beenthere']

/** Fields of our own mails, of a bridge's and of bounces, which list software that drops Auto-Submitted leaves alone. */
const ownMarks = new Set(['x-bridged-by', 'x-patchferry-report', 'x-failed-recipients'])

/**
 * Whether no person wrote the mail: Auto-Submitted (RFC 3834), what older responders set instead, a bounce (no return
 * path, a report), our own bridge. A `Precedence: bulk` or `list` speaks of the list where the mail came by one.
 */
export function isAutomatic(fields: readonly HeaderField[], sender: Mailbox): boolean {
  const autoSubmitted = firstWord(fields, 'auto-submitted')
  const precedence = firstWord(fields, 'precedence')
  const isFromList = fields.some((field) => listFields.includes(field.name))
  return (
    (autoSubmitted !== null && autoSubmitted !== 'no') ||
    fields.some((field) => /^x-auto(?:reply|respond|response-from|reply-from)$/.test(field.name)) ||
    fields.some((field) => ownMarks.has(field.name)) ||
    isFromMailSystem(sender) ||
    /\b(?:all|autoreply)\b/i.test(lastValueOf(fields, 'x-auto-response-suppress') ?? '') ||
    precedence === 'auto_reply' ||
    (!isFromList && precedence !== null && ['bulk', 'junk', 'list'].includes(precedence)) ||
    (!isFromList && lastValueOf(fields, 'return-path')?.trim() === '<>') ||
    /^multipart\/report\b/i.test(lastValueOf(fields, 'content-type') ?? '')
  )
}

function firstWord(fields: readonly HeaderField[], name: string): string | null {
  const value = lastValueOf(fields, name)
  return value === null ? null : (value.toLowerCase().split(/[\s;(]/)[0] ?? '')
}

import { toByteText } from '../parse/byte-text.ts'
import { readHeaderBlock } from '../parse/header-block.ts'

/** Fields that hardly anything but mail begins with. */
const strongFields = new Set([
  'received',
  'return-path',
  'delivered-to',
  'message-id',
  'mime-version',
])
const mailFields = new Set([...strongFields, 'from', 'to', 'cc', 'subject', 'date', 'sender'])

/**
 * Whether a file that begins with these bytes (some thousand of them) is a mail or a mailbox: its first lines are an
 * mbox separator before a header field, or header fields of which one only mail has, or two that mail has too.
 */
export function looksLikeMail(head: Uint8Array): boolean {
  const text = toByteText(head).trimStart()
  if (/^>?From [^\n]*\n[!-9;-~]+:/.test(text)) {
    return true
  }
  const names = new Set(readHeaderBlock(text).fields.map((field) => field.name))
  const known = [...names].filter((name) => mailFields.has(name))
  return known.length > 1 || known.some((name) => strongFields.has(name))
}

import type { ParsedMail } from '../mail-parser.ts'
import { toByteText, trim, withoutCr } from './byte-text.ts'
import { readHeaderBlock } from './header-block.ts'
import { mailLimits } from './limits.ts'
import { readMessage } from './read-message.ts'

/**
 * Reads one mail: a `MailParser`. A patch is read byte for byte as `git mailinfo` reads it, unless `repairs` names what
 * was done differently. Never throws; a mail that cannot be read has a code of `mailErrors` as its reason.
 */
export function parseMail(raw: Uint8Array): ParsedMail {
  try {
    return readMail(raw)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return unreadable('MAIL_UNREADABLE', `The parser failed: ${message}`)
  }
}

function unreadable(code: string, message: string): ParsedMail {
  return { outcome: 'unreadable', reason: { code, message } }
}

const telling = new Set(['from', 'subject', 'date', 'message-id'])

function readMail(raw: Uint8Array): ParsedMail {
  if (raw.length > mailLimits.mailBytes) {
    const message = `The mail has ${raw.length} bytes; at most ${mailLimits.mailBytes} are read.`
    return unreadable('MAIL_TOO_LARGE', message)
  }
  const text = withoutCr(toByteText(raw))
  if (trim(text) === '') {
    return unreadable('MAIL_EMPTY', 'The mail has no content.')
  }
  const block = readHeaderBlock(text)
  const headerBytes = text.length - block.body.length
  if (headerBytes > mailLimits.headerBytes) {
    const message = `The header has ${headerBytes} bytes; at most ${mailLimits.headerBytes} are read.`
    return unreadable('MAIL_HEADERS_TOO_LONG', message)
  }
  if (!block.fields.some((field) => telling.has(field.name))) {
    const message = 'The mail does not begin with From, Subject, Date or Message-ID.'
    return unreadable('MAIL_HEADERS_MISSING', message)
  }
  return { outcome: 'message', ...readMessage(block) }
}

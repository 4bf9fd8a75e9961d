import { type ByteText, withoutCr } from './byte-text.ts'
import { decodeText } from './charset.ts'
import type { MailPart } from './mime-parts.ts'

export interface BodyText {
  /** LF line ends. */
  readonly text: string
  /** Some of it was not in the charset that was declared. */
  readonly isGuessed: boolean
}

/** What people read of a mail: its plain text parts; HTML, without tags, only where there is no plain text. */
export function readBodyText(parts: readonly MailPart[]): BodyText {
  const readable = parts.filter((part) => !part.isAttachment)
  const plain = readable.filter((part) => part.type === 'text/plain')
  const html = readable.filter((part) => part.type === 'text/html')
  const chosen = plain.length > 0 ? plain : html.length > 0 ? html : readable.slice(0, 1)
  const decoded = chosen.map((part) => {
    const { text, asDeclared } = decodeText(withoutCr(part.content), part.charset)
    return { text: part.type === 'text/html' ? withoutTags(text) : text, asDeclared }
  })
  return {
    text: decoded.map(({ text }) => text).join('\n'),
    isGuessed: decoded.some(({ asDeclared }) => !asDeclared),
  }
}

/** Byte text that git would record as UTF-8, as people read it. */
export function readable(bytes: ByteText): string {
  return decodeText(bytes, '').text
}

function withoutTags(html: string): string {
  return html
    .replace(/<br\b[^<>]*>|<\/(?:p|div|tr|li|h\d)>/gi, '\n')
    .replace(/<[^<>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&')
}

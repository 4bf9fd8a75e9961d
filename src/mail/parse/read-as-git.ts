import { type ByteText, toByteText, withoutCr } from './byte-text.ts'
import { type HeaderBlock, readHeaderBlock } from './header-block.ts'
import { mailLimits } from './limits.ts'
import { commitMessageOf, type MailInfo, readMailInfo } from './mailinfo.ts'

/** What `git am` takes from a mail. Byte text. */
export interface AmMail extends Pick<MailInfo, 'author' | 'date' | 'patch'> {
  readonly message: ByteText
}

/** Charsets of which nobody's tables differ. */
const plainCharset = /^(?:utf-?8|us-ascii|ascii|iso-8859-1)$/i

/**
 * Reads one mail as `git am` does; null where git refuses it, or where what it makes of it depends on the C library's
 * character tables, and for format=flowed, NUL bytes and mails too large.
 */
export function readAsGit(raw: Uint8Array): AmMail | null {
  if (raw.length > mailLimits.mailBytes || raw.includes(0)) {
    return null
  }
  const text = withoutCr(toByteText(raw))
  const block = readHeaderBlock(text)
  if (!charsetsOf(block).every((charset) => plainCharset.test(charset))) {
    return null
  }
  const info = readMailInfo(block)
  if (info.refusals.size > 0 || info.isFlowed || info.patch.includes('\0')) {
    return null
  }
  const { author, date, patch } = info
  return { author, date, patch, message: commitMessageOf(info) }
}

/** Every charset that the mail could name, be it in its headers, in those of a part, or in those that its text begins with. */
function charsetsOf({ fields, body }: HeaderBlock): readonly string[] {
  const head = fields.map(({ value }) => value).join('\n')
  // Without a boundary there are no parts, and what the patch says of charsets is about something else.
  const hasParts = fields.some(
    ({ name, value }) => name === 'content-type' && /boundary|=\?/i.test(value),
  )
  const end = body.indexOf('\ndiff --git ')
  const beforePatch = end === -1 ? body : body.slice(0, end)
  const declared = hasParts ? `${head}\n${body}` : head
  return [
    ...[...declared.matchAll(/charset=(?:"([^"]*)"|([^\s;"]*))/gi)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    ),
    ...[...`${head}\n${beforePatch}`.matchAll(/=\?([^\s?]*)\?[bq]\?/gi)].map(
      ([, name]) => name ?? '',
    ),
  ]
}

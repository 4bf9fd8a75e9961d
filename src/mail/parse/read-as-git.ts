import { type ByteText, toByteText, withoutCr } from './byte-text.ts'
import { readHeaderBlock } from './header-block.ts'
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
  if (!charsetsOf(text).every((charset) => plainCharset.test(charset))) {
    return null
  }
  const info = readMailInfo(readHeaderBlock(text))
  if (info.refusals.size > 0 || info.isFlowed || info.patch.includes('\0')) {
    return null
  }
  const { author, date, patch } = info
  return { author, date, patch, message: commitMessageOf(info) }
}

/** Every charset that the mail could name, be it in its headers, in those of a part, or in those that its text begins with. */
function charsetsOf(text: ByteText): readonly string[] {
  const end = text.search(/\ndiff --git /)
  const beforePatch = end === -1 ? text : text.slice(0, end)
  const declared = [...text.matchAll(/charset=(?:"([^"]*)"|([^\s;"]*))/gi)]
  const encoded = [...beforePatch.matchAll(/=\?([^\s?]*)\?[bq]\?/gi)]
  return [
    ...declared.map(([, quoted, plain]) => quoted ?? plain ?? ''),
    ...encoded.map(([, name]) => name ?? ''),
  ]
}

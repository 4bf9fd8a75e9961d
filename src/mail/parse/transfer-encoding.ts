import { type ByteText, nextLine, trim, upToNul } from './byte-text.ts'

export type TransferEncoding = 'base64' | 'quoted-printable' | 'plain'

/** What a Content-Transfer-Encoding says, by git's rule: wherever the word stands in it. */
export function transferEncodingOf(value: ByteText): TransferEncoding {
  const lower = value.toLowerCase()
  if (lower.includes('base64')) {
    return 'base64'
  }
  return lower.includes('quoted-printable') ? 'quoted-printable' : 'plain'
}

/** Decodes lines (LF, not CRLF) byte for byte as `git mailinfo` does. */
export function decodeTransfer(lines: ByteText, encoding: TransferEncoding): ByteText {
  switch (encoding) {
    case 'base64':
      return decodeBase64(lines)
    case 'quoted-printable':
      return decodeQuotedPrintable(lines)
    case 'plain':
      return lines
  }
}

/** git decodes each line by itself: the same as all at once, but where a line ends within a group of four. */
function decodeBase64(lines: ByteText): ByteText {
  return isRegularBase64(lines)
    ? Buffer.from(lines, 'base64').toString('latin1')
    : eachLine(lines, (line) =>
        Buffer.from(upToNul(line).replace(/[^A-Za-z0-9+/]/g, ''), 'base64').toString('latin1'),
      )
}

function isRegularBase64(lines: ByteText): boolean {
  const rows = trim(lines).split('\n')
  const width = rows[0]?.length ?? 0
  const last = rows.length - 1
  return (
    (width % 4 === 0 || last === 0) &&
    rows.every((row, index) =>
      index === last
        ? /^[A-Za-z0-9+/]*={0,2}$/.test(row)
        : row.length === width && /^[A-Za-z0-9+/]*$/.test(row),
    )
  )
}

function decodeQuotedPrintable(lines: ByteText): ByteText {
  return lines.includes('\0') ? eachLine(lines, (line) => decodeQ(upToNul(line))) : decodeQ(lines)
}

/** `=XX` and soft line breaks; a `=` that begins neither stays. */
function decodeQ(text: ByteText): ByteText {
  return text.includes('=')
    ? text.replace(/=(?:\n|$|([0-9A-Fa-f]{2}))/g, (_, hex: string | undefined) =>
        hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16)),
      )
    : text
}

function eachLine(lines: ByteText, decode: (line: ByteText) => ByteText): ByteText {
  const out: ByteText[] = []
  for (let at = 0; at < lines.length; ) {
    const end = nextLine(lines, at)
    out.push(decode(lines.slice(at, end)))
    at = end
  }
  return out.join('')
}

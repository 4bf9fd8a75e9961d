import { gunzipSync } from 'node:zlib'
import { type ByteText, nextLine, toBytes, toByteText, trimEnd } from './byte-text.ts'
import { parseContentType } from './content-type.ts'
import {
  type HeaderBlock,
  type HeaderField,
  lastValueOf,
  readFields,
  readHeaderBlock,
} from './header-block.ts'
import { mailLimits } from './limits.ts'
import { decodeTransfer, transferEncodingOf } from './transfer-encoding.ts'

/** A part that is not a multipart. */
export interface MailPart {
  readonly type: string
  readonly charset: string
  /** Empty when it has none. */
  readonly fileName: string
  readonly isAttachment: boolean
  readonly isFlowed: boolean
  readonly isDelSp: boolean
  /** It was a compressed patch (`.patch.gz`); its name is without that. */
  readonly isUnpacked: boolean
  /** Transfer encoding undone. */
  readonly content: ByteText
}

/** The parts of a mail by the rules of MIME (RFC 2046), in order; what is cut by a limit is left out. */
export function readParts(block: HeaderBlock): readonly MailPart[] {
  const parts: MailPart[] = []
  collect(block.fields, block.body, 'text/plain', 0, parts)
  return parts
}

/** Whether the mail has parts. */
export function isMultipart(fields: readonly HeaderField[]): boolean {
  const value = lastValueOf(fields, 'content-type')
  return value !== null && /^\s*multipart\//i.test(value)
}

function collect(
  fields: readonly HeaderField[],
  body: ByteText,
  fallbackType: string,
  depth: number,
  parts: MailPart[],
): void {
  if (parts.length >= mailLimits.mimeParts) {
    return
  }
  const { type, parameters } = parseContentType(lastValueOf(fields, 'content-type'), fallbackType)
  const boundary = parameters.get('boundary') ?? ''
  if (type.startsWith('multipart/') && boundary !== '' && depth < mailLimits.mimeDepth) {
    const inner = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
    const bodies = splitMultipart(body, boundary)
    for (const part of bodies.length > 0 ? bodies : [`\n${body}`]) {
      const { fields: partFields, at } = readFields(part, 0)
      const next = nextLine(part, at)
      const content = trimEnd(part.slice(at, next)) === '' ? part.slice(next) : part.slice(at)
      collect(partFields, content, inner, depth + 1, parts)
    }
    return
  }
  const encoding = transferEncodingOf(lastValueOf(fields, 'content-transfer-encoding') ?? '')
  const content = decodeTransfer(body, encoding)
  const disposition = parseContentType(lastValueOf(fields, 'content-disposition'), '')
  const fileName = disposition.parameters.get('filename') ?? parameters.get('name') ?? ''
  const mayUnpack = parts.filter((part) => part.isUnpacked).length < mailLimits.unpackedParts
  const unpacked = mayUnpack ? unpack(content, fileName) : null
  parts.push({
    type,
    charset: parameters.get('charset') ?? '',
    fileName: unpacked === null ? fileName : fileName.replace(/\.gz$/i, ''),
    isAttachment: disposition.type === 'attachment',
    isFlowed: parameters.get('format')?.toLowerCase() === 'flowed',
    isDelSp: parameters.get('delsp')?.toLowerCase() === 'yes',
    isUnpacked: unpacked !== null,
    content: unpacked ?? content,
  })
}

/** What a patch in gzip holds; null for everything else. */
function unpack(content: ByteText, fileName: string): ByteText | null {
  if (!/\.(?:patch|diff)\.gz$/i.test(fileName)) {
    return null
  }
  try {
    return toByteText(gunzipSync(toBytes(content), { maxOutputLength: mailLimits.unpackedBytes }))
  } catch {
    return null
  }
}

/** The bodies between delimiter lines; an unclosed last one counts, preamble and epilogue do not. */
function splitMultipart(body: ByteText, boundary: string): readonly ByteText[] {
  const delimiter = `--${boundary}`
  const parts: ByteText[] = []
  let start = -1
  let at = body.startsWith(delimiter) ? 0 : nextDelimiter(body, delimiter, 0)
  while (at !== -1 && parts.length < mailLimits.mimeParts) {
    const end = nextLine(body, at)
    const rest = trimEnd(body.slice(at + delimiter.length, end))
    if (rest === '' || rest === '--') {
      if (start !== -1) {
        // The line end before a delimiter belongs to the delimiter.
        parts.push(body.slice(start, Math.max(start, at - 1)))
      }
      if (rest === '--') {
        return parts
      }
      start = end
    }
    at = nextDelimiter(body, delimiter, end - 1)
  }
  return start === -1 || start === body.length ? parts : [...parts, body.slice(start)]
}

/** The next line that begins with the delimiter, after the newline at or after `from`; -1 when there is none. */
function nextDelimiter(body: ByteText, delimiter: string, from: number): number {
  const at = body.indexOf(`\n${delimiter}`, from)
  return at === -1 ? -1 : at + 1
}

/** The mail that a message/rfc822 part holds. */
export function innerMail(part: MailPart): HeaderBlock {
  return readHeaderBlock(part.content)
}

import { type ByteText, nextLine } from './byte-text.ts'
import { decodeEncodedWords } from './encoded-words.ts'
import { type HeaderBlock, type HeaderField, readFields } from './header-block.ts'
import type { RepairName } from './repairs.ts'
import { decodeTransfer, type TransferEncoding, transferEncodingOf } from './transfer-encoding.ts'
import { type FlowRule, unflowAsGit } from './unflow-as-git.ts'

/** Lines of one part of a mail, transfer encoding undone. */
export interface GitChunk {
  readonly text: ByteText
  /** As declared; empty when nothing was. */
  readonly charset: string
}

export interface GitBody {
  readonly chunks: readonly GitChunk[]
  /** From, Subject and Date of the mail, or of a part where the mail has none. Decoded, and in git's order of precedence. */
  readonly headers: ReadonlyMap<string, ByteText>
  readonly isFlowed: boolean
  /** It ended within a multipart: git then forgets an in-body header that it is in the middle of. */
  readonly endsInBoundary: boolean
  /** Why git refuses the mail: names of the repairs that make it readable. */
  readonly refusals: ReadonlySet<RepairName>
}

const maxBoundaries = 4

/**
 * Walks the body of a mail as `git mailinfo` (2.39) does: not by the rules of MIME, but line by line, with a stack
 * of boundaries; every part counts, whatever its type.
 */
export function readGitBody(block: HeaderBlock, flow: FlowRule): GitBody {
  const chunks: GitChunk[] = []
  const refusals = new Set<RepairName>()
  const headers = new Map<string, ByteText>()
  const boundaries: ByteText[] = []
  const body = block.body
  let encoding: TransferEncoding = 'plain'
  let charset = ''
  let isFlowed = false
  let isDelSp = false
  let wasFlowed = false

  function readField(field: HeaderField, overwrite: boolean): void {
    if (!decodedFields.has(field.name) || (!overwrite && headers.has(field.name))) {
      return
    }
    const { value, isRefused } = decodeEncodedWords(field.value)
    if (isRefused) {
      refusals.add('encoded-words')
    }
    if (field.name === 'content-type') {
      readContentType(value)
    } else if (field.name === 'content-transfer-encoding') {
      encoding = transferEncodingOf(value)
    } else if (field.name !== 'message-id') {
      headers.set(field.name, value)
    }
  }

  function readContentType(value: ByteText): void {
    isFlowed = attribute(value, 'format=')?.toLowerCase() === 'flowed'
    isDelSp = attribute(value, 'delsp=')?.toLowerCase() === 'yes'
    wasFlowed ||= isFlowed
    charset = attribute(value, 'charset=') ?? ''
    const boundary = attribute(value, 'boundary=')
    if (boundary !== null && boundaries.length >= maxBoundaries) {
      refusals.add('boundaries')
    } else if (boundary !== null) {
      boundaries.push(`--${boundary}`)
    }
  }

  /** The next line at or after `from` that begins with the innermost boundary; -1 when none does. */
  function findBoundary(from: number): number {
    const top = boundaries.at(-1)
    return top === undefined ? -1 : lineStartingWith(body, top, from)
  }

  /** From a boundary line into the next part: where its content begins; -1 at the end of the mail. */
  function enterPart(from: number): number {
    let at = from
    let top = boundaries.at(-1) ?? ''
    while (body.startsWith('--', at + top.length)) {
      boundaries.pop()
      chunks.push({ text: '\n', charset })
      at = findBoundary(nextLine(body, at))
      if (at === -1) {
        return -1
      }
      top = boundaries.at(-1) ?? ''
    }
    encoding = 'plain'
    charset = ''
    const part = readFields(body, nextLine(body, at))
    for (const field of part.fields) {
      readField(field, false)
    }
    // The line that ended the fields is dropped, empty or not.
    const content = nextLine(body, part.at)
    return content < body.length ? content : -1
  }

  function readSection(lines: ByteText): void {
    if (isFlowed && flow === 'git') {
      chunks.push(...unflowAsGit(lines, encoding, isDelSp).map((text) => ({ text, charset })))
      return
    }
    const text = decodeTransfer(lines, encoding)
    chunks.push({
      text: isFlowed && flow === 'stuffing' ? text.replace(/^ /gm, '') : text,
      charset,
    })
  }

  for (const field of block.fields) {
    readField(field, true)
  }
  const isMultipart = boundaries.length > 0
  // git does not take the line that cut the header short for a boundary.
  const start = isMultipart && block.isCutShort ? nextLine(body, 0) : 0
  let at = isMultipart ? findBoundary(start) : 0
  let endsInBoundary = at === -1
  while (at !== -1 && at < body.length) {
    const top = boundaries.at(-1)
    const isNewPart = top !== undefined && body.startsWith(top, at)
    at = isNewPart ? enterPart(at) : at
    if (at === -1) {
      endsInBoundary = true
      break
    }
    const next = findBoundary(nextLine(body, at))
    const end = next === -1 ? body.length : next
    const lines = body.slice(at, end)
    readSection(isNewPart && !lines.includes('\n') ? `${lines}\n` : lines)
    at = end
  }
  return { chunks, headers, isFlowed: wasFlowed, endsInBoundary, refusals }
}

/** What git decodes, and so may refuse. */
const decodedFields = new Set([
  'message-id',
  'from',
  'subject',
  'date',
  'content-type',
  'content-transfer-encoding',
])

function lineStartingWith(text: ByteText, prefix: ByteText, from: number): number {
  if (text.startsWith(prefix, from)) {
    return from
  }
  const at = text.indexOf(`\n${prefix}`, from === 0 ? 0 : from - 1)
  return at === -1 ? -1 : at + 1
}

/** The value of a parameter by git's rule: what follows `name=` anywhere, up to the quote or a separator. */
function attribute(value: ByteText, name: string): ByteText | null {
  const at = value.toLowerCase().indexOf(name)
  if (at === -1) {
    return null
  }
  const rest = value.slice(at + name.length)
  return rest.startsWith('"')
    ? rest.slice(1).replace(/"[^]*$/, '')
    : rest.replace(/[; \t][^]*$/, '')
}

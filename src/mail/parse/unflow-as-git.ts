import { type ByteText, nextLine } from './byte-text.ts'
import { decodeTransfer, type TransferEncoding } from './transfer-encoding.ts'

/** What is made of format=flowed: what git does, only blanks unstuffed, nothing. */
export type FlowRule = 'git' | 'stuffing' | 'none'

/**
 * Undoes format=flowed (RFC 3676) as `git mailinfo` does, quirks included: a line that was kept for the next one is
 * put before the next *encoded* line, so that a stuffed blank inside may survive. Gives runs of lines, each of which
 * git handles by itself.
 */
export function unflowAsGit(
  lines: ByteText,
  encoding: TransferEncoding,
  isDelSp: boolean,
): readonly ByteText[] {
  const out: ByteText[] = []
  let kept = ''
  for (let at = 0; at < lines.length; ) {
    const end = nextLine(lines, at)
    const decoded = decodeTransfer(lines.slice(at, end), encoding)
    at = end
    if (encoding === 'plain') {
      kept = unflowLine(decoded, kept, isDelSp, out)
      continue
    }
    const joined = kept + decoded
    kept = ''
    for (let from = 0; from < joined.length; ) {
      const to = nextLine(joined, from)
      const line = joined.slice(from, to)
      from = to
      if (line.endsWith('\n')) {
        kept = unflowLine(line, kept, isDelSp, out)
      } else {
        kept += line
      }
    }
  }
  if (kept !== '') {
    out.push(kept)
  }
  return out
}

/** Decoded text with format=flowed undone as far as the rule says. */
export function unflow(text: ByteText, isDelSp: boolean, flow: FlowRule): ByteText {
  switch (flow) {
    case 'git':
      return unflowAsGit(text, 'plain', isDelSp).join('')
    case 'stuffing':
      return text.replace(/^ /gm, '')
    case 'none':
      return text
  }
}

/** Hands out the line, or keeps it where it ends softly; gives what is kept now. */
function unflowLine(line: ByteText, kept: ByteText, isDelSp: boolean, out: ByteText[]): ByteText {
  const ending = /\r?\n$/.exec(line)?.[0] ?? ''
  const content = line.slice(0, line.length - ending.length)
  if (content === '-- ') {
    if (kept !== '') {
      out.push(kept)
    }
    out.push(line)
    return ''
  }
  const unstuffed = content.startsWith(' ') ? content.slice(1) : content
  if (unstuffed.endsWith(' ')) {
    return kept + (isDelSp ? unstuffed.slice(0, -1) : unstuffed)
  }
  out.push(kept + unstuffed + ending)
  return ''
}

import { type ByteText, isSpace, nextLine, trimEnd, upToNul } from './byte-text.ts'

export interface HeaderField {
  /** In lower case. */
  readonly name: string
  /** Unfolded, without white space around it; not decoded. */
  readonly value: ByteText
}

export interface HeaderBlock {
  /** In order; the same name may occur more than once. */
  readonly fields: readonly HeaderField[]
  readonly body: ByteText
  /** No empty line ended the header, but the first line of the body, which is no field. */
  readonly isCutShort: boolean
}

/**
 * Reads the header of a mail up to the first line that is no field, as `git mailinfo` does: that line is empty, or
 * belongs to the body. White space before the first field is passed over, and so are `From ` lines of mailboxes.
 */
export function readHeaderBlock(text: ByteText): HeaderBlock {
  let start = 0
  while (isSpace(text[start])) {
    start += 1
  }
  const { fields, at } = readFields(text, start)
  const next = nextLine(text, at)
  const last = trimEnd(text.slice(at, next))
  const isCutShort = last !== ''
  const body = isCutShort ? `${last}\n${text.slice(next)}` : text.slice(next)
  return { fields, body, isCutShort }
}

/** Fields from a position on, and the position of the first line that is none. */
export function readFields(
  text: ByteText,
  from: number,
): { readonly fields: readonly HeaderField[]; readonly at: number } {
  const fields: HeaderField[] = []
  let at = from
  while (at < text.length) {
    let end = nextLine(text, at)
    const field = splitField(trimEnd(text.slice(at, end)))
    if (field === null) {
      break
    }
    let value = field.value
    while (text[end] === ' ' || text[end] === '\t') {
      const next = nextLine(text, end)
      value += trimEnd(` ${text.slice(end + 1, next)}`)
      end = next
    }
    at = end
    if (field.name !== '') {
      fields.push({ name: field.name, value: trimStart(upToNul(value)) })
    }
  }
  return { fields, at }
}

const fieldName = /^[!-9;-~]*:/

/** A field line in its two halves; the name is empty for a mailbox separator; null where it is no field. */
function splitField(line: ByteText): { readonly name: string; readonly value: ByteText } | null {
  if (line.startsWith('From ') || line.startsWith('>From ')) {
    return { name: '', value: '' }
  }
  if (!fieldName.test(line)) {
    return null
  }
  const colon = line.indexOf(':')
  return { name: line.slice(0, colon).toLowerCase(), value: line.slice(colon + 1) }
}

function trimStart(text: ByteText): ByteText {
  let at = 0
  while (isSpace(text[at])) {
    at += 1
  }
  return text.slice(at)
}

/** Values of all fields of that name (lower case), in order. */
export function valuesOf(fields: readonly HeaderField[], name: string): readonly ByteText[] {
  return fields.filter((field) => field.name === name).map((field) => field.value)
}

/** The value of the last field of that name, which is the one that `git mailinfo` takes; null when there is none. */
export function lastValueOf(fields: readonly HeaderField[], name: string): ByteText | null {
  return fields.findLast((field) => field.name === name)?.value ?? null
}

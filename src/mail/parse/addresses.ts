import type { Mailbox } from '../../core/message.ts'
import type { ByteText } from './byte-text.ts'
import { headerText } from './encoded-words.ts'
import { mailLimits } from './limits.ts'

/**
 * The mailboxes of an address header (RFC 5322, with its obsolete forms and what mail software makes of them): groups
 * are flattened, comments name an address that has no other name. Linear; garbage gives few or no mailboxes.
 */
export function parseAddresses(value: ByteText): readonly Mailbox[] {
  const mailboxes: Mailbox[] = []
  let words = ''
  let comment = ''
  let angle: string | null = null

  function finish(): void {
    const mailbox = toMailbox(words, angle, comment)
    if (mailbox !== null && mailboxes.length < mailLimits.addresses) {
      mailboxes.push(mailbox)
    }
    words = ''
    comment = ''
    angle = null
  }

  for (let at = 0; at < value.length; ) {
    const character = value[at] ?? ''
    if (character === '"') {
      const end = endOfQuoted(value, at + 1, '"')
      words += unescape(value.slice(at + 1, end))
      at = end + 1
    } else if (character === '(') {
      const end = endOfComment(value, at + 1)
      comment = unescape(value.slice(at + 1, end))
      at = end + 1
    } else if (character === '<' && angle === null) {
      const close = value.indexOf('>', at)
      const end = close === -1 ? endOfItem(value, at) : close
      angle = value.slice(at + 1, end)
      at = close === -1 ? end : end + 1
    } else if (character === ',' || character === ';') {
      finish()
      at += 1
    } else if (character === ':' && angle === null && !words.includes('@')) {
      words = ''
      at += 1
    } else {
      const end = endOfPlain(value, at + 1)
      words += value.slice(at, end)
      at = end
    }
  }
  finish()
  return mailboxes
}

/** The first mailbox of a header; a name without an address where there is nothing better, as in broken From lines. */
export function parseSender(value: ByteText): Mailbox {
  const [first] = parseAddresses(value)
  return first ?? { name: cut(headerText(value).trim()), address: '' }
}

function toMailbox(words: string, angle: string | null, comment: string): Mailbox | null {
  const text = words.replace(/\s+/g, ' ').trim()
  if (angle !== null) {
    const address = angle.replace(/\s+/g, '').replace(/^@[^:]*:/, '')
    const name = text === '' ? comment : text
    return address === ''
      ? null
      : { name: cut(headerText(name)), address: cut(headerText(address)) }
  }
  const bare = text.split(' ').find((word) => word.includes('@'))
  if (bare === undefined) {
    return null
  }
  return { name: cut(headerText(comment.trim())), address: cut(headerText(bare)) }
}

function cut(text: string): string {
  return text.length <= mailLimits.nameLength
    ? text
    : text.slice(0, mailLimits.nameLength).replace(/[\ud800-\udbff]$/, '')
}

function unescape(text: string): string {
  return text.replace(/\\([^])/g, '$1')
}

const plainRun = /[^"(<,;:]*/y

/** Where the characters end that only make up words. */
function endOfPlain(value: ByteText, from: number): number {
  plainRun.lastIndex = from
  plainRun.test(value)
  return plainRun.lastIndex
}

/** Where a quoted string ends; one that is never closed ends with the header. */
function endOfQuoted(value: ByteText, from: number, close: string): number {
  let at = from
  while (at < value.length && value[at] !== close) {
    at += value[at] === '\\' ? 2 : 1
  }
  return Math.min(at, value.length)
}

function endOfComment(value: ByteText, from: number): number {
  let depth = 1
  let at = from
  while (at < value.length) {
    const character = value[at]
    depth += character === '(' ? 1 : character === ')' ? -1 : 0
    if (depth === 0) {
      return at
    }
    at += character === '\\' ? 2 : 1
  }
  return value.length
}

function endOfItem(value: ByteText, from: number): number {
  const at = value.indexOf(',', from)
  return at === -1 ? value.length : at
}

import { type ByteText, isSpace, squeezeSpace, trim } from './byte-text.ts'

export interface GitAuthor {
  readonly name: ByteText
  readonly email: ByteText
}

/**
 * Author and address of a From value (decoded), by the rules of `git mailinfo`: the word around the first `@` is the
 * address, the rest the name; no name, one over 60 bytes, or one that looks like an address gives way to the address.
 */
export function authorAsGit(from: ByteText): GitAuthor {
  const value = squeezeSpace(from)
  const plain = unquote(value)
  const at = plain.indexOf('@')
  if (at === -1) {
    return bogusAuthor(value)
  }
  let start = at
  let before = plain
  while (start > 0 && !isSpace(before[start - 1])) {
    if (before[start - 1] === '<') {
      before = `${before.slice(0, start - 1)} ${before.slice(start)}`
      break
    }
    start -= 1
  }
  const end = start + lengthOfWord(before.slice(start))
  const email = before.slice(start, end)
  const rest = trim(squeezeSpace(before.slice(0, start) + before.slice(end + 1)))
  const name = rest.startsWith('(') && rest.endsWith(')') ? rest.slice(1, -1) : rest
  return { name: saneName(name, email), email }
}

/** A From without any `@`: `Name <something>`. */
function bogusAuthor(value: ByteText): GitAuthor {
  const open = value.indexOf('<')
  const close = value.indexOf('>', open)
  if (open === -1 || close === -1) {
    return { name: '', email: '' }
  }
  const email = value.slice(open + 1, close)
  return { name: saneName(trim(value.slice(0, open)), email), email }
}

function saneName(name: ByteText, email: ByteText): ByteText {
  return name === '' || name.length > 60 || /[@<>]/.test(name) ? email : name
}

function lengthOfWord(text: ByteText): number {
  const at = text.search(/[ \n\t\r\v\f>]/)
  return at === -1 ? text.length : at
}

/** Without the quotes and backslashes of quoted strings and comments; the parentheses of comments stay. */
function unquote(value: ByteText): ByteText {
  if (!/["(]/.test(value)) {
    return value
  }
  let out = ''
  let inQuotes = false
  let depth = 0
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at] ?? ''
    const isInside = inQuotes || depth > 0
    if (isInside && character === '\\') {
      at += 1
      out += value[at] ?? ''
    } else if (character === '"' && depth === 0) {
      inQuotes = !inQuotes
    } else if (inQuotes) {
      out += character
    } else {
      depth += character === '(' ? 1 : character === ')' && depth > 0 ? -1 : 0
      out += character
    }
  }
  return out
}

/** The subject without `Re:`, bracketed words and blanks at its front, as `git mailinfo` cleans it. */
export function subjectAsGit(subject: ByteText): ByteText {
  let at = 0
  for (;;) {
    const character = subject[at]
    if (character === ' ' || character === '\t' || character === ':') {
      at += 1
    } else if (subject.length > at + 3 && /^re:/i.test(subject.slice(at, at + 3))) {
      at += 3
    } else if (character === '[' && subject.includes(']', at)) {
      at = subject.indexOf(']', at) + 1
    } else {
      return squeezeSpace(trim(subject.slice(at)))
    }
  }
}

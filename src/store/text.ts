import { createHash } from 'node:crypto'

/** PostgreSQL indexes no value above 2,704 bytes; Message-IDs and keys from mail can be longer. */
const longestKeyBytes = 500
const hashed = 'sha256:'

/** NUL and lone surrogates, which PostgreSQL takes in no text, become U+FFFD. */
export function cleanText(text: string): string {
  return /[\0\ud800-\udfff]/.test(text)
    ? Buffer.from(text.replaceAll('\0', '\ufffd'), 'utf8').toString('utf8')
    : text
}

/** What an index holds for `text`: the cleaned text itself, or its sha256 where it is too long for an index. */
export function indexKey(text: string): string {
  const clean = cleanText(text)
  const isShort = clean.length * 3 <= longestKeyBytes || Buffer.byteLength(clean) <= longestKeyBytes
  return isShort && !clean.startsWith(hashed) ? clean : `${hashed}${sha256(clean)}`
}

/** Lower-case hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** JSON whose strings hold no NUL and no lone surrogate, so that PostgreSQL could keep it as `jsonb` too. */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value)
  return /\\u(?:0000|d[89a-f])/i.test(json) ? JSON.stringify(value, cleanStrings) : json
}

function cleanStrings(_key: string, value: unknown): unknown {
  if (typeof value === 'string') {
    return cleanText(value)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), item]))
  }
  return value
}

/** JSON with sorted keys: equal values have equal text, whatever order they were written in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}

import { hash } from 'node:crypto'
import { cleanText } from '../core/clean-json.ts'

/** PostgreSQL indexes no value above 2,704 bytes; Message-IDs and keys from mail can be longer. */
const longestKeyBytes = 500
const hashed = 'sha256:'

/** What an index holds for `text`: the cleaned text itself, or its sha256 where it is too long for an index. */
export function indexKey(text: string): string {
  const clean = cleanText(text)
  const isShort = clean.length * 3 <= longestKeyBytes || Buffer.byteLength(clean) <= longestKeyBytes
  return isShort && !clean.startsWith(hashed) ? clean : `${hashed}${sha256(clean)}`
}

/** Lower-case hex. */
export function sha256(text: string): string {
  return hash('sha256', text)
}

/** JSON with sorted keys: equal values have equal text, whatever order they were written in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}

import { hash } from 'node:crypto'
import { type ByteText, toBytes, trimEnd } from './byte-text.ts'

/**
 * sha256 hex over commit message and diff. What lists put around them does not count: subject tags, footers, encodings,
 * line ends.
 */
export function contentHash(message: ByteText, diff: ByteText): string {
  return hash('sha256', toBytes(`${message}\0${trimEnd(diff)}`))
}

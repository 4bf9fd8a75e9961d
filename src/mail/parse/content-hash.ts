import { createHash } from 'node:crypto'
import { type ByteText, trimEnd } from './byte-text.ts'

/**
 * sha256 hex over commit message and diff. What lists put around them does not count: subject tags, footers, encodings,
 * line ends.
 */
export function contentHash(message: ByteText, diff: ByteText): string {
  return createHash('sha256')
    .update(`${message}\0${trimEnd(diff)}`, 'latin1')
    .digest('hex')
}

import { createHash } from 'node:crypto'
import type { ByteText } from './byte-text.ts'

/**
 * sha256 hex over commit message and diff. What lists put around them does not count: subject tags, footers, encodings,
 * line ends.
 */
export function contentHash(message: ByteText, diff: ByteText): string {
  return createHash('sha256')
    .update(`${message}\0${diff.replace(/\n*$/, '\n')}`, 'latin1')
    .digest('hex')
}

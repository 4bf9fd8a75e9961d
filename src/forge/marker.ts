import { createHash } from 'node:crypto'
import { toWideUtf8 } from '../core/wide-utf8.ts'

/** Room that a marker takes at most, in characters: what a body must leave below the limit of its forge. */
export const maxMarkerLength = 250

const maxKeyLength = 200
const plain = /^[A-Za-z0-9@_+=.,:/-]$/
const atEnd = /(?:^|\n)<!-- patchferry key=(?<key>[^\s<>"]+) -->\s*$/

function encodeKey(key: string): string {
  const encoded = toWideUtf8(key)
    .map((byte) => {
      const character = String.fromCodePoint(byte)
      return plain.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
    // Two hyphens would end the HTML comment for some readers of it.
    .replaceAll('--', '-%2d')
  if (encoded !== '' && encoded.length <= maxKeyLength) {
    return encoded
  }
  return `%-${createHash('sha256')
    .update(Uint8Array.from(toWideUtf8(key)))
    .digest('hex')}`
}

function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

function lastMarker(text: string): string | null {
  return atEnd.exec(text)?.groups?.['key'] ?? null
}

/**
 * `text` with the hidden marker of `key` as its last line: `<!-- patchferry key=... -->`. Bytes of the key other than
 * `A-Z a-z 0-9 @ _ + = . , : / -` are `%` and two hex digits, and a key of more than 200 characters is its sha256.
 */
export function withMarker(text: string, key: string): string {
  const body = text.trimEnd()
  return `${body}${body === '' ? '' : '\n\n'}<!-- patchferry key=${encodeKey(key)} -->`
}

/**
 * Whether `text` ends with the marker of `key`. A marker anywhere else came with a mail and proves nothing; nor does one in
 * a text that somebody else wrote, so look at the author too.
 */
export function isMarkedWith(text: string, key: string): boolean {
  return lastMarker(text) === encodeKey(key)
}

/** The key of the marker that `text` ends with, null where it ends with none; of a key too long for it, its digest. */
export function markerKey(text: string): string | null {
  const encoded = lastMarker(text)
  return encoded === null ? null : decodeKey(encoded)
}

/** Whether a forge's copy of a text is the one we would write: line ends and blanks at the end are not ours to keep. */
export function isSameText(there: string | null, ours: string): boolean {
  return (
    (there ?? '').replaceAll('\r\n', '\n').trimEnd() === ours.replaceAll('\r\n', '\n').trimEnd()
  )
}

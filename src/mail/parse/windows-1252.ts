import { type ByteText, isAscii } from './byte-text.ts'

// Bytes 0x80 to 0x9f; a blank where the charset has nothing. Node's own decoder (20.20) takes the charset for Latin-1.
const high = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'

/** Strictly null, loosely a C1 control, where a byte has no character in windows-1252. */
export function decodeWindows1252(bytes: ByteText, isStrict: true): string | null
export function decodeWindows1252(bytes: ByteText, isStrict: false): string
export function decodeWindows1252(bytes: ByteText, isStrict: boolean): string | null {
  if (isAscii(bytes)) {
    return bytes
  }
  if (isStrict && /[\x81\x8d\x8f\x90\x9d]/.test(bytes)) {
    return null
  }
  return bytes.replace(/[\x80-\x9f]/g, (byte) => {
    const character = high[byte.charCodeAt(0) - 0x80] ?? ' '
    return character === ' ' ? byte : character
  })
}

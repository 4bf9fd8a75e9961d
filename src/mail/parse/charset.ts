import { isUtf8 as isValidUtf8 } from 'node:buffer'
import { type ByteText, isAscii, toBytes, utf8 } from './byte-text.ts'
import { decodeWindows1252 } from './windows-1252.ts'

export interface Decoded {
  readonly text: string
  /** What it was decoded with was declared, or nothing was and it is UTF-8. */
  readonly asDeclared: boolean
}

/** Labels of UTF-8 as git compares them: with or without the hyphen, in any case. */
export function isUtf8(charset: string): boolean {
  return /^utf-?8$/i.test(charset)
}

/**
 * Bytes to text: the declared charset, else UTF-8, else windows-1252, which can decode anything. NUL, which no store
 * takes, becomes U+FFFD.
 */
export function decodeText(bytes: ByteText, charset: string): Decoded {
  const { text, asDeclared } = decodeAny(bytes, charset)
  return { text: text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text, asDeclared }
}

function decodeAny(bytes: ByteText, charset: string): Decoded {
  if (isAscii(bytes) && !isStateful(charset)) {
    return { text: bytes, asDeclared: true }
  }
  const isUndeclared = charset === '' || isFalselyWide(bytes, charset)
  const declared = isUndeclared ? null : decodeStrictly(bytes, charset)
  if (declared !== null) {
    return { text: declared, asDeclared: true }
  }
  const text = decodeStrictly(bytes, 'utf-8')
  return {
    text: text ?? decodeWindows1252(bytes, false),
    asDeclared: text !== null && charset === '',
  }
}

/** Bytes to text by exactly this charset; null where it is not known or the bytes are not of it. */
export function decodeStrictly(bytes: ByteText, charset: string): string | null {
  const label = charset.trim().toLowerCase()
  if (isLatin1(label)) {
    return bytes
  }
  if (isUsAscii(label)) {
    return isAscii(bytes) ? bytes : null
  }
  if (isUtf8(label)) {
    const buffer = Buffer.from(bytes, 'latin1')
    return isValidUtf8(buffer) ? buffer.toString('utf8') : null
  }
  if (/^(?:windows-|cp)1252$/.test(label)) {
    return decodeWindows1252(bytes, true)
  }
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(toBytes(bytes))
  } catch {
    return null
  }
}

/** ASCII is not one byte a character in it: git cannot find a line there. */
export function isWide(charset: string): boolean {
  return /^(?:utf-?16|utf-?32|ucs-?[24])/i.test(charset.trim())
}

/** Whether these lines cannot be of the wide charset that is declared: a line end of one has a NUL. */
export function isFalselyWide(lines: ByteText, charset: string): boolean {
  return isWide(charset) && lines.includes('\n') && !lines.includes('\0')
}

/** The UTF-8 bytes of what `charset` says; null where it is not known or the bytes are not of it. */
export function recodeToUtf8(bytes: ByteText, charset: string): ByteText | null {
  if (isSameInUtf8(bytes, charset)) {
    return bytes
  }
  const text = decodeStrictly(bytes, nameForIconv(charset))
  return text === null ? null : utf8(text)
}

/** Whether these bytes, and so each line of them, are taken for UTF-8 as they are. */
export function isSameInUtf8(bytes: ByteText, charset: string): boolean {
  if (charset === '' || isUtf8(charset)) {
    return true
  }
  const name = nameForIconv(charset)
  return isAscii(bytes) && isKnown(name) && !isStateful(name)
}

/** The C library's iconv passes over characters that no name of a charset has, and takes none for that of the locale. */
function nameForIconv(charset: string): string {
  return charset.replace(/[^A-Za-z0-9_.,:/-]/g, '') || 'utf-8'
}

// The web's TextDecoder takes ISO-8859-1 and US-ASCII for windows-1252; git, with iconv, does not.
function isLatin1(label: string): boolean {
  return /^(?:iso[-_]?8859-1|latin-?1|l1)$/.test(label)
}

function isUsAscii(label: string): boolean {
  return /^(?:us-ascii|ascii|ansi_x3\.4-1968|us)$/.test(label)
}

/** ASCII bytes may mean something else in it. */
function isStateful(charset: string): boolean {
  return /^(?:iso-2022|utf-?16|utf-?32|utf-?7|ucs|hz)/i.test(charset.trim())
}

function isKnown(charset: string): boolean {
  const label = charset.trim().toLowerCase()
  if (isLatin1(label) || isUsAscii(label)) {
    return true
  }
  try {
    return new TextDecoder(label).encoding !== ''
  } catch {
    return false
  }
}

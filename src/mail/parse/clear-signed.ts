import type { ByteText } from './byte-text.ts'

const opening = /^\s*-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:[A-Za-z-]+:[^\n]*\n)*[ \t]*\n/
const closing = '\n-----BEGIN PGP SIGNATURE-----'

/**
 * The text that an OpenPGP cleartext signature (RFC 9580, 7) encloses, its dashes as they were; null where there is
 * none. What follows the signature, such as the footer of a list, is left out.
 */
export function readClearSigned(content: ByteText): ByteText | null {
  const begin = opening.exec(content)?.[0].length
  const end = begin === undefined ? -1 : content.indexOf(closing, begin - 1)
  return begin === undefined || end === -1
    ? null
    : `${content.slice(begin, end)}\n`.replace(/^- /gm, '')
}

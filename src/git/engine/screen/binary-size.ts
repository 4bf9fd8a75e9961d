import { constants, inflateSync } from 'node:zlib'

const digits =
  '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~'

/**
 * How many bytes the binary parts of one file of a diff (a byte string) unpack to, both directions together, as they claim
 * themselves. Git unpacks what is claimed before it looks whether it is true.
 */
export function claimedBytes(part: string): number {
  let sum = 0
  for (const found of part.matchAll(/^(?<kind>literal|delta) (?<size>\d+)\n(?<data>[^\n]*)/gm)) {
    const { kind, size = '0', data = '' } = found.groups ?? {}
    sum += Number(size) + (kind === 'delta' ? deltaResult(data) : 0)
  }
  return sum
}

/** The size of what a delta makes, from its first line; 0 where that cannot be read. */
function deltaResult(line: string): number {
  try {
    const delta = inflateSync(decode85(line.slice(1)), { finishFlush: constants.Z_SYNC_FLUSH })
    const [, afterSource] = readSize(delta, 0)
    return readSize(delta, afterSource)[0]
  } catch {
    return 0
  }
}

/** Seven bits a byte, the low ones first (gitformat-pack(5)), and where it ends. */
function readSize(bytes: Uint8Array, from: number): readonly [size: number, end: number] {
  let size = 0
  let at = from
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at] ?? 0
    at += 1
    size += (byte % 128) * factor
    if (byte < 128) {
      return [size, at]
    }
  }
}

function decode85(text: string): Buffer {
  const bytes = Buffer.alloc(Math.floor(text.length / 5) * 4)
  for (let word = 0; word * 4 < bytes.length; word += 1) {
    let value = 0
    for (const digit of text.slice(word * 5, word * 5 + 5)) {
      value = value * 85 + digits.indexOf(digit)
    }
    bytes.writeUInt32BE(value % 2 ** 32, word * 4)
  }
  return bytes
}

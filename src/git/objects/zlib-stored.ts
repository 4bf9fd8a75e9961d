/** The largest block that is not compressed; RFC 1951, section 3.2.4. */
const blockBytes = 0xffff
const headBytes = 2
const blockHeadBytes = 5
const checksumBytes = 4

/** Length of the zlib stream that `writeStored` makes of so many bytes. */
export function storedLength(bytes: number): number {
  const blocks = Math.max(1, Math.ceil(bytes / blockBytes))
  return headBytes + blocks * blockHeadBytes + bytes + checksumBytes
}

/**
 * Writes `content` at `at` of `target` as a zlib stream (RFC 1950) that is not compressed, and gives its end. It takes a
 * twentieth of the time that the quickest compression takes.
 */
export function writeStored(target: Buffer, at: number, content: Uint8Array): number {
  let end = target.writeUInt16BE(0x7801, at)
  for (let from = 0; from === 0 || from < content.length; from += blockBytes) {
    const block = content.subarray(from, from + blockBytes)
    end = target.writeUInt8(from + block.length === content.length ? 1 : 0, end)
    end = target.writeUInt16LE(block.length, end)
    end = target.writeUInt16LE(blockBytes - block.length, end)
    target.set(block, end)
    end += block.length
  }
  return target.writeUInt32BE(adler32(content), end)
}

const modulus = 65521
/** So many bytes can be summed up before 31 bits, the numbers that are quick, are too few (RFC 1950, section 9). */
const sumBytes = 3800

/** Eight bytes a turn, in numbers of 32 bits, which is quick: nothing else that a series takes is done for so many bytes. */
function adler32(content: Uint8Array): number {
  let low = 1
  let high = 0
  for (let at = 0; at < content.length; ) {
    const end = Math.min(at + sumBytes, content.length)
    for (; at + 8 <= end; at += 8) {
      low = (low + byteAt(content, at)) | 0
      high = (high + low) | 0
      low = (low + byteAt(content, at + 1)) | 0
      high = (high + low) | 0
      low = (low + byteAt(content, at + 2)) | 0
      high = (high + low) | 0
      low = (low + byteAt(content, at + 3)) | 0
      high = (high + low) | 0
      low = (low + byteAt(content, at + 4)) | 0
      high = (high + low) | 0
      low = (low + byteAt(content, at + 5)) | 0
      high = (high + low) | 0
      low = (low + byteAt(content, at + 6)) | 0
      high = (high + low) | 0
      low = (low + byteAt(content, at + 7)) | 0
      high = (high + low) | 0
    }
    for (; at < end; at += 1) {
      low = (low + byteAt(content, at)) | 0
      high = (high + low) | 0
    }
    low %= modulus
    high %= modulus
  }
  return high * 0x10000 + low
}

function byteAt(content: Uint8Array, at: number): number {
  return content[at] as number
}

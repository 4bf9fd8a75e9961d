export interface CappedOutput {
  add(chunk: Uint8Array): void
  /** As text: what is no UTF-8, and NUL, which databases refuse, becomes U+FFFD. */
  text(): string
}

/** Without the bytes of a character whose other bytes were cut off behind it. */
function withoutTornEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) !== 0x80) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
      return length > back ? bytes.subarray(0, bytes.length - back) : bytes
    }
  }
  return bytes
}

/** Without the bytes of a character whose first byte was cut off before it. */
function withoutTornStart(bytes: Buffer): Buffer {
  let torn = 0
  while (torn < 3 && ((bytes[torn] ?? 0) & 0xc0) === 0x80) {
    torn += 1
  }
  return bytes.subarray(torn)
}

function decode(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\0', '\uFFFD')
}

/** Keeps the first and the last half of `maxBytes` of what is added, in bounded memory. */
export function createCappedOutput(maxBytes: number): CappedOutput {
  const headBytes = Math.floor(maxBytes / 2)
  const tailBytes = maxBytes - headBytes
  const head: Uint8Array[] = []
  const tail: Uint8Array[] = []
  const size = { head: 0, tail: 0, total: 0 }
  return {
    add(chunk) {
      size.total += chunk.length
      const forHead = chunk.subarray(0, headBytes - size.head)
      const forTail = chunk.subarray(forHead.length)
      if (forHead.length > 0) {
        head.push(Uint8Array.from(forHead))
        size.head += forHead.length
      }
      if (forTail.length > 0) {
        tail.push(Uint8Array.from(forTail))
        size.tail += forTail.length
      }
      while (tail[0] !== undefined && size.tail - tail[0].length >= tailBytes) {
        size.tail -= tail.shift()?.length ?? 0
      }
    },
    text() {
      const first = Buffer.concat(head)
      const rest = Buffer.concat(tail)
      const last = rest.subarray(Math.max(0, rest.length - tailBytes))
      if (first.length + last.length === size.total) {
        return decode(Buffer.concat([first, last]))
      }
      const [before, after] = [withoutTornEnd(first), withoutTornStart(last)]
      const cut = size.total - before.length - after.length
      const start = decode(before)
      const separator = start === '' || start.endsWith('\n') ? '' : '\n'
      return `${start}${separator}[${cut} bytes cut here]\n${decode(after)}`
    },
  }
}

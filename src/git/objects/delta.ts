/** A copy instruction holds sizes of three bytes, an insert instruction at most 127 bytes; gitformat-pack(5). */
const maxCopy = 0xffffff
const maxInsert = 0x7f
/** A longer way from object to object slows readers down. */
const worthwhile = 0.5

/**
 * What makes `content` out of `basis`, as a pack holds it: beginning and end are copied, what lies between is put in. Null
 * where that saves too little to be worth it.
 */
export function makeDelta(basis: Uint8Array, content: Uint8Array): Buffer | null {
  const shorter = Math.min(basis.length, content.length)
  const prefix = sharedPrefix(basis, content, shorter)
  const suffix = sharedSuffix(basis, content, shorter - prefix)
  const between = content.subarray(prefix, content.length - suffix)
  if (between.length > content.length * worthwhile) {
    return null
  }
  const head = [...sizeOf(basis.length), ...sizeOf(content.length), ...copyOf(0, prefix)]
  const tail = copyOf(basis.length - suffix, suffix)
  return Buffer.concat([Buffer.from(head), insertOf(between), Buffer.from(tail)])
}

const stepBytes = 4096

/** Whole steps at once, which the machine compares faster than we do, then the last one byte by byte. */
function sharedPrefix(one: Uint8Array, other: Uint8Array, limit: number): number {
  let at = 0
  while (at + stepBytes <= limit && isSame(one, other, at, at)) {
    at += stepBytes
  }
  while (at < limit && one[at] === other[at]) {
    at += 1
  }
  return at
}

function sharedSuffix(one: Uint8Array, other: Uint8Array, limit: number): number {
  let count = 0
  for (; count + stepBytes <= limit; count += stepBytes) {
    const [end, otherEnd] = [one.length - count, other.length - count]
    if (!isSame(one, other, end - stepBytes, otherEnd - stepBytes)) {
      break
    }
  }
  while (count < limit && one[one.length - count - 1] === other[other.length - count - 1]) {
    count += 1
  }
  return count
}

/** Of one step from there on. */
function isSame(one: Uint8Array, other: Uint8Array, at: number, otherAt: number): boolean {
  const [step, otherStep] = [
    one.subarray(at, at + stepBytes),
    other.subarray(otherAt, otherAt + stepBytes),
  ]
  return Buffer.compare(step, otherStep) === 0
}

/** Seven bits in each byte, lowest first. */
function sizeOf(size: number): readonly number[] {
  const bytes: number[] = []
  let rest = size
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
    bytes.push((rest % 0x80) + 0x80)
  }
  return [...bytes, rest]
}

function insertOf(content: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(content.length + Math.ceil(content.length / maxInsert))
  let end = 0
  for (let at = 0; at < content.length; at += maxInsert) {
    const part = content.subarray(at, at + maxInsert)
    end = bytes.writeUInt8(part.length, end)
    bytes.set(part, end)
    end += part.length
  }
  return bytes
}

/** The bits of the first byte say which bytes of offset and size follow: those that are not zero. */
function copyOf(from: number, length: number): readonly number[] {
  const bytes: number[] = []
  for (let at = 0; at < length; at += maxCopy) {
    const first = bytes.push(0) - 1
    const offset = writeField(bytes, from + at, offsetBytes)
    const size = writeField(bytes, Math.min(maxCopy, length - at), sizeBytes)
    bytes[first] = 0x80 + offset + size * 2 ** offsetBytes
  }
  return bytes
}

const offsetBytes = 4
const sizeBytes = 3

/** Lowest byte first, zeros left out; gives one bit for each byte that is there. */
function writeField(bytes: number[], value: number, count: number): number {
  let bits = 0
  let rest = value
  for (let bit = 0; bit < count; bit += 1) {
    if (rest % 256 !== 0) {
      bits += 2 ** bit
      bytes.push(rest % 256)
    }
    rest = Math.floor(rest / 256)
  }
  return bits
}

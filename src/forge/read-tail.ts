import { Buffer } from 'node:buffer'

/** Where the last bytes of `bytes` begin, at most `maxBytes` of them: at a line, or at a character where a line is longer. */
function tailStart(bytes: Buffer, maxBytes: number): number {
  let start = Math.max(0, bytes.length - maxBytes)
  const lineEnd = bytes.indexOf(0x0a, start)
  if (lineEnd !== -1 && lineEnd < bytes.length - 1) {
    return lineEnd + 1
  }
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) {
    start += 1
  }
  return start
}

/**
 * Reads a stream of UTF-8 text to its end and keeps the last whole lines of it, at most `maxBytes`, without byte order
 * marks. Holds little more than that in memory, however long the stream is.
 */
export async function readTail(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ readonly text: string; readonly isCut: boolean }> {
  const chunks: Uint8Array[] = []
  let heldBytes = 0
  let isCut = false
  for await (const chunk of stream) {
    chunks.push(chunk)
    heldBytes += chunk.length
    for (let first = chunks[0]; first && heldBytes - first.length >= maxBytes; first = chunks[0]) {
      chunks.shift()
      heldBytes -= first.length
      isCut = true
    }
  }
  const bytes = Buffer.concat(chunks)
  isCut ||= bytes.length > maxBytes
  const text = bytes.subarray(isCut ? tailStart(bytes, maxBytes) : 0).toString('utf8')
  return { text: text.replaceAll('\ufeff', ''), isCut }
}

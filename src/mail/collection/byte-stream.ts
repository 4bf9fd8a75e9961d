import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** The first bytes of a stream (fewer at its end), and the stream from its beginning. */
export async function peek(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
): Promise<{ readonly head: Uint8Array; readonly chunks: AsyncGenerator<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  let read = 0
  let isDone = false
  while (read < length && !isDone) {
    const next = await iterator.next()
    isDone = next.done === true
    if (next.done !== true) {
      first.push(next.value)
      read += next.value.length
    }
  }
  return { head: Buffer.concat(first).subarray(0, length), chunks: resume(first, iterator) }
}

async function* resume(
  first: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* first
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      yield next.value
    }
  } finally {
    await rest.return?.()
  }
}

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/** Unpacks all members. Throws what zlib throws at damage, after the bytes before it. */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpack = createGunzip()
  // The error reaches the loop below by the stream that it destroys.
  pipeline(Readable.from(chunks), unpack, () => undefined)
  for await (const chunk of unpack) {
    yield chunk
  }
}

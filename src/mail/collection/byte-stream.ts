import type { Duplex, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
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

/** What is unpacked from so much is held in memory at once. */
const packedBytes = 32_768

/** Unpacks all members. Throws what zlib throws at damage, after the bytes before it but for the last 16 KiB at most. */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpack = createGunzip()
  // Reading it as a stream would lose what it has unpacked but not given out yet when it meets damage.
  const unpacked: Uint8Array[] = []
  unpack.on('data', (chunk: Uint8Array) => unpacked.push(chunk))
  // Said below, after what came before it.
  unpack.on('error', () => undefined)
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && unpack.errored === null; at += packedBytes) {
        await written(unpack, chunk.subarray(at, at + packedBytes))
        yield* unpacked.splice(0)
      }
      if (unpack.errored !== null || unpack.readableEnded) {
        break
      }
    }
    await ended(unpack)
    yield* unpacked.splice(0)
  } finally {
    unpack.destroy()
  }
  if (unpack.errored !== null) {
    throw unpack.errored
  }
}

/** Resolves when it has taken the bytes, or met damage in them. */
async function written(stream: Writable, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.once('close', resolve)
    stream.write(bytes, () => {
      stream.off('close', resolve)
      resolve()
    })
  })
}

async function ended(stream: Duplex): Promise<void> {
  stream.end()
  await finished(stream).catch(() => undefined)
}

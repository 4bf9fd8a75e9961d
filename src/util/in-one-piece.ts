/** Pieces of bytes as one, which can be handed to another thread without a copy, and where each of them ends. */
export function inOnePiece(pieces: readonly Uint8Array[]): {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly ends: readonly number[]
} {
  let end = 0
  const ends = pieces.map(({ length }) => {
    end += length
    return end
  })
  const bytes = new Uint8Array(end)
  for (const [index, piece] of pieces.entries()) {
    bytes.set(piece, (ends[index] ?? 0) - piece.length)
  }
  return { bytes, ends }
}

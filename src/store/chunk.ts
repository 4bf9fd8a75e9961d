/** Below what SQLite (32,766) and PostgreSQL (65,535) take as parameters, and short to prepare. */
const chunkLength = 200

/** Cuts a list that becomes parameters of a query into parts of at most 200 distinct values. */
export function chunksOf<T>(values: Iterable<T>): readonly (readonly T[])[] {
  const distinct = [...new Set(values)]
  const chunks: T[][] = []
  for (let start = 0; start < distinct.length; start += chunkLength) {
    chunks.push(distinct.slice(start, start + chunkLength))
  }
  return chunks
}

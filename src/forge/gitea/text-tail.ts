/** The end of a text that may be longer. */
export interface TextTail {
  readonly text: string
  /** Something before it is missing; then it begins with a whole line. */
  readonly isCut: boolean
}

/**
 * Reads an answer and keeps its last `maxBytes`, whether or not the server looked at the `Range` of the request. Where the
 * beginning is missing, so is the rest of the first line.
 */
export async function readTail(response: Response, maxBytes: number): Promise<TextTail> {
  const size = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '')
  const chunks: Uint8Array[] = []
  let length = 0
  let isCut = size !== null && Number(size[1]) > 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    length += chunk.length
    const [first] = chunks
    if (first !== undefined && length - first.length >= maxBytes) {
      chunks.shift()
      length -= first.length
      isCut = true
    }
  }
  const bytes = Buffer.concat(chunks)
  const kept = bytes.subarray(Math.max(0, bytes.length - maxBytes))
  isCut ||= kept.length < bytes.length
  const begin = isCut ? kept.indexOf(0x0a) + 1 : 0
  return { text: kept.subarray(begin).toString('utf8'), isCut }
}

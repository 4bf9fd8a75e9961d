export type ReadBody =
  | { readonly outcome: 'whole'; readonly bytes: Uint8Array }
  | { readonly outcome: 'too-large' }

/** Reads a request's body and stops at `limitBytes`, whatever Content-Length says. */
export async function readBody(request: Request, limitBytes: number): Promise<ReadBody> {
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) {
    return { outcome: 'too-large' }
  }
  if (request.body === null) {
    return { outcome: 'whole', bytes: new Uint8Array() }
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.byteLength
    if (size > limitBytes) {
      return { outcome: 'too-large' }
    }
    chunks.push(chunk)
  }
  return { outcome: 'whole', bytes: Buffer.concat(chunks) }
}

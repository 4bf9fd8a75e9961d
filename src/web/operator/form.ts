import { readBody } from '../read-body.ts'

/** A form has a token and a reason in it, not more. */
const maxFormBytes = 64 * 1024

/** The fields of a posted form; null for a body that is none or too large. */
export async function readForm(request: Request): Promise<URLSearchParams | null> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') {
    return null
  }
  const body = await readBody(request, maxFormBytes)
  return body.outcome === 'whole' ? new URLSearchParams(new TextDecoder().decode(body.bytes)) : null
}

/**
 * False when the browser says that another site sent this form (Origin, Sec-Fetch-Site). The token of the form is
 * what proves that it is ours; this refuses earlier.
 */
export function isFromOurPage(
  headers: Headers,
  answersFor: (host: string | undefined) => boolean,
): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin' && site !== 'none') {
    return false
  }
  const origin = headers.get('origin')
  return origin === null || answersFor(/^https?:\/\/(?<host>.+)$/.exec(origin)?.groups?.['host'])
}

/** A path of ours to go back to; `/` for everything that could lead elsewhere. */
export function localPath(path: string | null | undefined): string {
  const isLocal = path !== null && path !== undefined && /^\/(?![/\\])[\x21-\x7E]*$/.test(path)
  return isLocal && !path.includes('\\') ? path : '/'
}

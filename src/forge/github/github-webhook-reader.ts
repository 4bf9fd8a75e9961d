import { Buffer } from 'node:buffer'
import type { WebhookReader } from '../forge.ts'
import { verifySignature } from '../webhook-signature.ts'
import { readGithubEvent } from './read-github-event.ts'

function headersByName(
  headers: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}

function parse(body: Uint8Array, contentType: string): unknown {
  const text = Buffer.from(body).toString('utf8')
  // A webhook that was made by hand may send a form: GitHub offers that first.
  const isForm = contentType.startsWith('application/x-www-form-urlencoded')
  try {
    return JSON.parse(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text)
  } catch {
    return null
  }
}

/** Reads deliveries of GitHub that are signed with `secret` (`X-Hub-Signature-256`, over the body as it was sent). */
export function githubWebhookReader(secret: string): WebhookReader {
  return {
    read: async (headers, body) => {
      const byName = headersByName(headers)
      const [algorithm, signature] = (byName['x-hub-signature-256'] ?? '').split('=')
      verifySignature(secret, body, algorithm === 'sha256' ? signature : undefined)
      const [name, id] = [byName['x-github-event'], byName['x-github-delivery']]
      return name && id
        ? readGithubEvent({ name, id, payload: parse(body, byName['content-type'] ?? '') })
        : null
    },
  }
}

import { createHash } from 'node:crypto'
import type { WebhookReader } from '../forge.ts'
import { readPayload } from '../read-payload.ts'
import { verifySignature } from '../webhook-signature.ts'
import { readGiteaEvent } from './read-gitea-event.ts'

type Headers = Readonly<Record<string, string | undefined>>

/**
 * Deliveries of Forgejo and Gitea: `X-Forgejo-Signature` or `X-Gitea-Signature` is the HMAC-SHA256 of the body, as it came,
 * in bare hex digits (`services/webhook/shared/payloader.go`). Throws FORGE_WEBHOOK_SIGNATURE without a good one, FORGE_WEBHOOK_BODY where the body is not JSON.
 */
export function giteaWebhookReader(secret: string): WebhookReader {
  if (secret === '') {
    throw new TypeError('webhooks without a secret prove nothing')
  }
  return {
    async read(headers, body) {
      const header = headerOf(headers)
      verifySignature(secret, body, header('signature'))
      const payload = readPayload(body)
      // Without an id the same body is the same event.
      const delivery = header('delivery') || createHash('sha256').update(body).digest('hex')
      return readGiteaEvent(header('event'), delivery, payload)
    },
  }
}

/** By name, of either product. */
function headerOf(headers: Headers): (name: string) => string {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return (name) => lower.get(`x-forgejo-${name}`) ?? lower.get(`x-gitea-${name}`) ?? ''
}

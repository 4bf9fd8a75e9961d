import { Buffer } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { BotError } from '../core/bot-error.ts'

/**
 * Throws FORGE_WEBHOOK_SIGNATURE unless `signature` is the HMAC-SHA256 of `body` with `secret`, in hex. Compares in constant
 * time. An empty secret proves nothing, so nothing passes with it.
 */
export function verifySignature(
  secret: string,
  body: Uint8Array,
  signature: string | undefined,
): void {
  const wanted = createHmac('sha256', secret).update(body).digest()
  const shown = Buffer.from(/^[0-9a-f]{64}$/i.test(signature ?? '') ? (signature ?? '') : '', 'hex')
  const isEqual = shown.length === wanted.length && timingSafeEqual(shown, wanted)
  if (secret === '' || !isEqual) {
    throw new BotError('FORGE_WEBHOOK_SIGNATURE', 'a webhook delivery has no valid signature', {
      retry: 'never',
    })
  }
}

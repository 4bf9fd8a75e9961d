import { BotError } from '../core/bot-error.ts'

/** The JSON of a webhook delivery whose signature is good. Throws FORGE_WEBHOOK_BODY where it is none. */
export function readPayload(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch (cause) {
    throw new BotError('FORGE_WEBHOOK_BODY', 'a webhook delivery is not JSON', {
      retry: 'never',
      cause,
    })
  }
}

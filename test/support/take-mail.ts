import type { BotError } from '../../src/core/bot-error.ts'
import type { Delivery } from '../../src/core/delivery.ts'
import type { MailSource } from '../../src/mail/mail-source.ts'

const { signal } = new AbortController()

/** What it gives after `since`, at most `count`. */
export async function take(
  source: MailSource,
  since: string | null = null,
  count = Number.POSITIVE_INFINITY,
): Promise<readonly Delivery[]> {
  const taken: Delivery[] = []
  for await (const delivery of source.read(since, signal)) {
    taken.push(delivery)
    if (taken.length >= count) {
      break
    }
  }
  return taken
}

export function textsOf(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.map((each) => Buffer.from(each.raw).toString())
}

/** What it throws. */
export async function faultOf(reading: Promise<unknown>): Promise<BotError> {
  return reading.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: unknown) => error as BotError,
  )
}

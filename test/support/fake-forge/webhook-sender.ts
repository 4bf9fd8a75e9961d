import { createHmac, randomUUID } from 'node:crypto'

export interface WebhookTarget {
  readonly url: string
  readonly secret: string
}

/** One event on its way. */
export interface WebhookDelivery {
  readonly id: string
  readonly event: string
  /** Null for an event that has none. */
  readonly action: string | null
  readonly payload: unknown
  /** As it is sent. */
  readonly body: string
  readonly happenedAt: Date
}

/** `hold`: not before `release`. `refused` targets (anything but 2xx) are not asked again by themselves: no forge does. */
export type WebhookFate = 'deliver' | 'lose' | 'double' | 'hold'

export interface WebhookDialect {
  readonly headers: (
    delivery: WebhookDelivery,
    signature: { readonly sha1: string; readonly sha256: string },
  ) => Record<string, string>
  readonly write: (payload: unknown) => string
}

export interface WebhookSender {
  /** Where to; null (as at first): nowhere. */
  target: WebhookTarget | null
  /** What becomes of each; at first all are delivered. */
  fate: (delivery: WebhookDelivery) => WebhookFate
  /** Everything that happened, sent or not, oldest first. */
  readonly deliveries: readonly WebhookDelivery[]
  /** What the target answered, by id; 0: it could not be reached. */
  readonly answers: ReadonlyMap<string, number>
  /** Says that something happened. Sends in the background, one after the other. */
  emit(event: string, action: string | null, payload: unknown): void
  /** Sends what was held, in the order that `arrange` gives (as it happened where it is absent). */
  release(arrange?: (held: readonly WebhookDelivery[]) => readonly WebhookDelivery[]): Promise<void>
  /** Sends one again under its old id, whatever became of it. */
  redeliver(id: string): Promise<void>
  /** All that was to be sent has been answered. */
  settled(): Promise<void>
}

export function openWebhookSender({ headers, write }: WebhookDialect): WebhookSender {
  const deliveries: WebhookDelivery[] = []
  const answers = new Map<string, number>()
  let held: WebhookDelivery[] = []
  let queue: Promise<void> = Promise.resolve()

  function send(delivery: WebhookDelivery): Promise<void> {
    const { target } = sender
    queue = queue.then(async () => {
      if (target !== null) {
        answers.set(delivery.id, await post(target, delivery))
      }
    })
    return queue
  }

  async function post({ url, secret }: WebhookTarget, delivery: WebhookDelivery): Promise<number> {
    function sign(algorithm: string): string {
      return createHmac(algorithm, secret).update(delivery.body).digest('hex')
    }
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          ...headers(delivery, { sha1: sign('sha1'), sha256: sign('sha256') }),
        },
        body: delivery.body,
      })
      await response.arrayBuffer()
      return response.status
    } catch {
      return 0
    }
  }

  const sender: WebhookSender = {
    target: null,
    fate: () => 'deliver',
    deliveries,
    answers,
    emit(event, action, payload) {
      const body = write(payload)
      const delivery = {
        id: randomUUID(),
        event,
        action,
        payload,
        body,
        happenedAt: new Date(),
      }
      deliveries.push(delivery)
      const fate = sender.fate(delivery)
      if (fate === 'hold') {
        held.push(delivery)
      }
      for (
        let copies = { deliver: 1, double: 2, lose: 0, hold: 0 }[fate];
        copies > 0;
        copies -= 1
      ) {
        void send(delivery)
      }
    },
    async release(arrange = (all) => all) {
      const all = held
      held = []
      for (const delivery of arrange(all)) {
        await send(delivery)
      }
    },
    async redeliver(id) {
      const delivery = deliveries.find((one) => one.id === id)
      if (delivery === undefined) {
        throw new Error(`no such delivery: ${id}`)
      }
      await send(delivery)
    },
    async settled() {
      let seen: Promise<void> | null = null
      while (seen !== queue) {
        seen = queue
        await seen
      }
    },
  }
  return sender
}

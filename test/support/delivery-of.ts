import type { ArchivedDelivery } from '../../src/core/delivery.ts'

/** One arrival of these bytes on a list. */
export function deliveryOf(
  raw: string | Uint8Array,
  change: Partial<ArchivedDelivery> = {},
): ArchivedDelivery {
  return {
    raw: Buffer.from(raw),
    source: 'list',
    location: '/var/mail/list/cur/1.host:2,',
    arrivedAt: new Date('2024-02-03T04:05:06.789Z'),
    isSilent: false,
    ...change,
  }
}

import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Which deliveries of webhooks were taken already. */
export const hookDeliveries: Migration = {
  number: 9,
  name: 'hook-deliveries',
  statements: ({ serial, integer, strict }) => [
    sql`create table hook_delivery (
      id ${serial},
      endpoint text not null,
      delivery_key text not null,
      kind text not null,
      at ${integer} not null,
      unique (endpoint, delivery_key)
    ) ${strict}`,
    sql`create index hook_delivery_age on hook_delivery (at)`,
  ],
}

import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Limits count the mails of a thread and of a list by when they were offered to the way of sending. */
export const offeredMails: Migration = {
  number: 2,
  name: 'offered-mails',
  statements: ({ integer }) => [
    sql`alter table outbox add column list text`,
    sql`alter table outbox add column offered_at ${integer}`,
    sql`create index outbox_offered on outbox (project, list, offered_at)`,
    sql`create index outbox_topic_offered on outbox (topic, offered_at)`,
  ],
}

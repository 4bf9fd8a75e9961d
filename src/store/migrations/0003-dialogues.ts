import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Mails that were begun, for the limits of sending. */
export const dialogues: Migration = {
  number: 3,
  name: 'dialogues',
  statements: ({ serial, integer, strict }) => [
    sql`create table dialogue (
      id ${serial},
      at ${integer} not null,
      domain text not null
    ) ${strict}`,
    sql`create index dialogue_domain on dialogue (domain, at)`,
    sql`create index dialogue_at on dialogue (at)`,
  ],
}

import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** What is told in the digest of a list instead of by a mail of its own. */
export const digestItems: Migration = {
  number: 4,
  name: 'digest-items',
  statements: ({ serial, integer, strict }) => [
    sql`create table digest_item (
      id ${serial},
      key_index text not null unique,
      project text not null,
      list text not null,
      topic text not null,
      at ${integer} not null,
      state text not null,
      digest text,
      item text not null
    ) ${strict}`,
    sql`create index digest_item_waiting on digest_item (project, list, state, at)`,
    sql`create index digest_item_topic on digest_item (topic)`,
    sql`create index digest_item_digest on digest_item (digest)`,
  ],
}

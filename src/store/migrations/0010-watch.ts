import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** When mail comes by each source, and quick ways to the mails to the operator and to what is due. */
export const watch: Migration = {
  number: 10,
  name: 'watch',
  statements: ({ integer, strict }) => [
    sql`create table source_arrival (
      source text not null,
      slot ${integer} not null,
      last_at ${integer} not null,
      primary key (source, slot)
    ) ${strict}`,
    sql`create index outbox_kind on outbox (kind, created_at)`,
  ],
}

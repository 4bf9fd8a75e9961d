import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** What a forge was asked about the checks of commits, and which run of a check a result is of. */
export const commitLooks: Migration = {
  number: 7,
  name: 'commit-looks',
  statements: ({ serial, integer, strict }) => [
    sql`create table commit_look (
      id ${serial},
      project text not null,
      sha text not null,
      looked_at ${integer},
      changed_at ${integer},
      due_at ${integer},
      approval_url text,
      settled_at ${integer},
      contexts text,
      took_ms ${integer},
      unique (project, sha)
    ) ${strict}`,
    sql`create index commit_look_settled on commit_look (project, settled_at, id) where contexts is not null`,
    sql`create index commit_look_age on commit_look (project, id)`,
    sql`alter table check_result add column attempt ${integer}`,
    sql`alter table check_result add column log_id text`,
  ],
}

import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** The pull requests of each topic, and what was last written on them. */
export const pullRequests: Migration = {
  number: 8,
  name: 'pull-requests',
  statements: ({ serial, integer, strict }) => [
    sql`create table pull_request (
      id ${serial},
      project text not null,
      number ${integer} not null,
      topic text not null,
      url text not null,
      head_ref text not null,
      state text not null,
      closed_by text,
      version text not null,
      head text not null,
      written text not null,
      comments text not null,
      hinted_at ${integer},
      created_at ${integer} not null,
      updated_at ${integer} not null,
      unique (project, number)
    ) ${strict}`,
    sql`create index pull_request_topic on pull_request (topic, number)`,
    sql`create index pull_request_state on pull_request (project, state)`,
  ],
}

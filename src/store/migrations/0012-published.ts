import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** What was applied in a span of time, and published, is found without a look at the rest. */
export const published: Migration = {
  number: 12,
  name: 'published',
  statements: () => [
    sql`create index application_published on application (project, at) where series_ref is not null`,
  ],
}

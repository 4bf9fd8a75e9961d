import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Series that no project takes are counted and listed without a look at those that one does. */
export const unroutedSeries: Migration = {
  number: 5,
  name: 'unrouted-series',
  statements: () => [
    sql`create index series_unrouted on series (project, updated_at, routing) where project is null`,
  ],
}

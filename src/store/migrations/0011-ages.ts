import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** What is old is found without a look at what is not. */
export const ages: Migration = {
  number: 11,
  name: 'ages',
  statements: () => [
    sql`create index check_result_age on check_result (finished_at)`,
    sql`create index check_result_log_age on check_result (finished_at) where log is not null`,
  ],
}

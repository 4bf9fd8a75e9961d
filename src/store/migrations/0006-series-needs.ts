import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** What series say they are built on, to be found by it. */
export const seriesNeeds: Migration = {
  number: 6,
  name: 'series-needs',
  statements: ({ integer, strictKeyOnly }) => [
    sql`create table series_need (
      need text not null,
      series ${integer} not null references series (id) on delete cascade,
      primary key (need, series)
    ) ${strictKeyOnly}`,
    sql`create index series_need_series on series_need (series)`,
  ],
}

import type { RawBuilder, Transaction } from 'kysely'
import type { Db, Tables } from './tables.ts'

/** What differs between databases where a migration is written. */
export interface SqlDialect {
  /** Type of a growing number that is never given twice, with its primary key. */
  readonly serial: RawBuilder<unknown>
  /** 64 bits. */
  readonly integer: RawBuilder<unknown>
  /** End of `create table`: values of a wrong type are refused. */
  readonly strict: RawBuilder<unknown>
  /** The same for a table that is all primary key. */
  readonly strictKeyOnly: RawBuilder<unknown>
  /** Function that reads JSON text, so that it becomes a part of other JSON. */
  readonly json: RawBuilder<unknown>
  /** Function of values that gives the text of a JSON array of them. */
  readonly jsonArray: RawBuilder<unknown>
  /**
   * A transaction that other processes wait for, in which a table may be dropped and made anew without the rows
   * that refer to it being touched.
   */
  migrating<T>(db: Db, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T>
  /** See `Store.compact`. */
  compact(db: Db): Promise<void>
}

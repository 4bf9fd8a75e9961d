import { sql } from 'kysely'
import type { SqlDialect } from '../sql-dialect.ts'

export const sqliteDdl: SqlDialect = {
  serial: sql`integer primary key autoincrement`,
  integer: sql`integer`,
  strict: sql`strict`,
  strictKeyOnly: sql`strict, without rowid`,
  json: sql`json`,
  jsonArray: sql`json_array`,
  async migrating(db, work) {
    return await db.connection().execute(async (connection) => {
      // Otherwise dropping a table deletes its rows first; and the pragma does nothing inside a transaction.
      await sql`pragma foreign_keys = off`.execute(connection)
      try {
        return await connection.transaction().execute(async (tx) => {
          const result = await work(tx)
          const { rows } = await sql`pragma foreign_key_check`.execute(tx)
          if (rows.length > 0) {
            throw new Error(`rows refer to what is not there: ${JSON.stringify(rows.slice(0, 5))}`)
          }
          return result
        })
      } finally {
        await sql`pragma foreign_keys = on`.execute(connection)
      }
    })
  },
  async compact(db) {
    // Where somebody looks at the time it does what it can; SQLite itself only ever uses the log again from its start.
    await sql`pragma wal_checkpoint(truncate)`.execute(db)
  },
}

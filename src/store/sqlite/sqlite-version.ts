import Sqlite from 'better-sqlite3'

/** Of the SQLite inside better-sqlite3. Throws where its binary does not fit this Node or this machine. */
export function sqliteVersion(): string {
  const database = new Sqlite(':memory:')
  try {
    return String(database.prepare('select sqlite_version()').pluck().get())
  } finally {
    database.close()
  }
}

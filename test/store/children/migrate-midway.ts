import { Kysely, type RawBuilder, sql } from 'kysely'
import { type Migration, runMigrations } from '../../../src/store/migrate.ts'
import { migrations } from '../../../src/store/migrations/migrations.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { sqliteDdl } from '../../../src/store/sqlite/sqlite-ddl.ts'
import { sqliteDialect } from '../../../src/store/sqlite/sqlite-dialect.ts'
import type { Tables } from '../../../src/store/tables.ts'
import { say } from './say.ts'

/* Migrates the store in argv[2] as ever, does harm in one migration more, says `midway`, and never comes to its end. */
const [file = ''] = process.argv.slice(2)

const forever: Pick<RawBuilder<unknown>, 'execute'> = {
  execute: () => {
    say('midway')
    return new Promise(() => {
      setInterval(() => undefined, 60_000)
    })
  },
}

const harmful: Migration = {
  number: migrations.length + 1,
  name: 'harmful',
  statements: () => [
    sql`delete from decided_mail`,
    sql`delete from decided_topic`,
    sql`delete from decision_group`,
    sql`alter table topic add column colour text`,
    sql`update topic set name = 'gone'`,
    forever as RawBuilder<unknown>,
  ],
}

const { writer } = await openSqlite(file)
// So that it does not wait for the end to write to the disk.
writer.pragma('cache_size = 1')
const db = new Kysely<Tables>({ dialect: sqliteDialect(writer, 'begin immediate') })
await runMigrations(db, [...migrations, harmful], sqliteDdl)

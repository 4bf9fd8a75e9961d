import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Migration, runMigrations, schemaVersion } from '../../src/store/migrate.ts'
import { migrations } from '../../src/store/migrations/migrations.ts'
import { openSqlite, type SqliteConnections } from '../../src/store/sqlite/open-sqlite.ts'
import { sqliteDdl } from '../../src/store/sqlite/sqlite-ddl.ts'
import { sqliteDialect } from '../../src/store/sqlite/sqlite-dialect.ts'
import type { Tables } from '../../src/store/tables.ts'
import { runChild } from './run-child.ts'

const parents: Migration = {
  number: 1,
  name: 'parents',
  statements: ({ serial, integer, strict }) => [
    sql`create table parent (id ${serial}, name text not null) ${strict}`,
    sql`create table child (
      id ${serial},
      parent ${integer} not null references parent (id) on delete cascade
    ) ${strict}`,
    sql`insert into parent (name) values ('a'), ('b')`,
    sql`insert into child (parent) values (1), (2), (2)`,
  ],
}

/** Makes a table anew, as SQLite asks for most changes of a column. */
const rebuilt: Migration = {
  number: 2,
  name: 'rebuilt',
  statements: ({ serial, strict }) => [
    sql`create table parent_new (id ${serial}, title text not null) ${strict}`,
    sql`insert into parent_new (id, title) select id, name from parent`,
    sql`drop table parent`,
    sql`alter table parent_new rename to parent`,
  ],
}

const broken: Migration = {
  number: 3,
  name: 'broken',
  statements: () => [
    sql`alter table parent add column more text`,
    sql`delete from child`,
    sql`insert into no_such_table values (1)`,
  ],
}

const orphaning: Migration = {
  number: 2,
  name: 'orphaning',
  statements: () => [sql`delete from parent where id = 2`],
}

describe('migrations', () => {
  let folder: string
  let connections: SqliteConnections
  let db: Kysely<Tables>
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'patchferry-migrate-'))
    connections = await openSqlite(path.join(folder, 'store.sqlite'))
    db = new Kysely<Tables>({ dialect: sqliteDialect(connections.writer, 'begin immediate') })
  })
  afterEach(() => {
    connections.writer.close()
    connections.reader.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function rows(query: string): unknown {
    return connections.reader.prepare(query).all()
  }

  it('are numbered from one without gaps', () => {
    expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, n) => n + 1))
    expect(migrations.every(({ name }) => /^[a-z0-9-]+$/.test(name))).toBe(true)
  })

  it('run once, and only what is missing', async () => {
    expect(await schemaVersion(db)).toBeNull()
    expect(await runMigrations(db, [parents], sqliteDdl)).toEqual({ from: 0, to: 1 })
    expect(await runMigrations(db, [parents], sqliteDdl)).toEqual({ from: 1, to: 1 })
    expect(await runMigrations(db, [parents, rebuilt], sqliteDdl)).toEqual({ from: 1, to: 2 })
    expect(await schemaVersion(db)).toBe(2)
    expect(rows('select number, name from schema_migration')).toEqual([
      { number: 1, name: 'parents' },
      { number: 2, name: 'rebuilt' },
    ])
  })

  it('may make a table anew without losing what refers to it', async () => {
    await runMigrations(db, [parents, rebuilt], sqliteDdl)
    expect(rows('select title from parent')).toEqual([{ title: 'a' }, { title: 'b' }])
    expect(rows('select parent from child')).toEqual([{ parent: 1 }, { parent: 2 }, { parent: 2 }])
    expect(connections.writer.pragma('foreign_keys', { simple: true })).toBe(1)
  })

  it('leave the old store whole when one fails midway', async () => {
    await runMigrations(db, [parents], sqliteDdl)
    const failing = runMigrations(db, [parents, rebuilt, broken], sqliteDdl)
    await expect(failing).rejects.toMatchObject({
      code: 'STORE_MIGRATION_FAILED',
      retry: 'after-human',
      message: expect.stringMatching(/3 \(broken\).*no_such_table/),
    })
    expect(await schemaVersion(db)).toBe(1)
    expect(rows('select name from parent')).toEqual([{ name: 'a' }, { name: 'b' }])
    expect(rows('select parent from child')).toHaveLength(3)
    expect(connections.writer.pragma('foreign_keys', { simple: true })).toBe(1)
    expect(connections.writer.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(await runMigrations(db, [parents, rebuilt], sqliteDdl)).toEqual({ from: 1, to: 2 })
  })

  it('fail when they leave rows that refer to what is gone', async () => {
    await runMigrations(db, [parents], sqliteDdl)
    await expect(runMigrations(db, [parents, orphaning], sqliteDdl)).rejects.toMatchObject({
      code: 'STORE_MIGRATION_FAILED',
    })
    expect(rows('select name from parent')).toHaveLength(2)
  })

  it('refuse a store of a newer version', async () => {
    await runMigrations(db, [parents, rebuilt], sqliteDdl)
    await expect(runMigrations(db, [parents], sqliteDdl)).rejects.toMatchObject({
      code: 'STORE_NEWER',
      details: { version: 2, ours: 1 },
    })
    expect(await schemaVersion(db)).toBe(2)
  })

  it('say that the disk is full, and leave nothing behind', async () => {
    await runMigrations(db, [parents], sqliteDdl)
    connections.writer.pragma(
      `max_page_count = ${String(connections.writer.pragma('page_count', { simple: true }))}`,
    )
    await expect(runMigrations(db, [parents, rebuilt], sqliteDdl)).rejects.toMatchObject({
      code: 'STORE_FULL',
      retry: 'later',
    })
    expect(await schemaVersion(db)).toBe(1)
    expect(rows('select name from parent')).toHaveLength(2)
  })

  it('may be run by several processes at once', async () => {
    const file = path.join(folder, 'shared.sqlite')
    const children = Array.from({ length: 4 }, () => runChild('migrate', file))
    for (const child of children) {
      expect(await child.line()).toBe('ready')
    }
    for (const child of children) {
      child.process.stdin.write('go\n')
    }
    const said = await Promise.all(children.map((child) => child.line()))
    const to = migrations.length
    const results = said.map((line) => line ?? '').sort()
    expect(results).toEqual([
      JSON.stringify({ from: 0, to }),
      ...Array.from({ length: 3 }, () => JSON.stringify({ from: to, to })),
    ])
    await Promise.all(children.map((child) => child.ended))
  }, 30_000)
})

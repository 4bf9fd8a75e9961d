import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultLooseGapMs } from '../../src/core/series/loose-join.ts'
import { migrations } from '../../src/store/migrations/migrations.ts'
import { assertDurable, openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import { openSqliteStore, storeOn } from '../../src/store/sqlite/open-sqlite-store.ts'
import { untilFree } from '../../src/store/sqlite/sqlite-dialect.ts'
import type { Store } from '../../src/store/store.ts'
import { toStoreError } from '../../src/store/store-error.ts'
import { noMountReason, runInSmallMount } from '../support/in-small-mount.ts'
import { runChild } from './run-child.ts'
import { after, id, sampleDelivery, sampleMessage } from './samples.ts'

const options = { looseGapMs: defaultLooseGapMs }

describe('a SQLite store', () => {
  let folder: string
  let file: string
  const opened: Store[] = []
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'patchferry-sqlite-'))
    file = path.join(folder, 'store.sqlite')
  })
  afterEach(async () => {
    for (const store of opened.splice(0)) {
      await store.close()
    }
    chmodSync(folder, 0o755)
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(): Promise<Store> {
    const store = await openSqliteStore(file, options)
    opened.push(store)
    return store
  }

  async function openMigrated(): Promise<Store> {
    const store = await open()
    await store.migrate()
    return store
  }

  /** Another program with the same file. */
  function rawly<T>(work: (database: Sqlite.Database) => T): T {
    const database = new Sqlite(file)
    try {
      return work(database)
    } finally {
      database.close()
    }
  }

  it('is opened so that what it commits survives a power failure', async () => {
    const { writer, reader } = await openSqlite(file)
    expect(writer.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(writer.pragma('synchronous', { simple: true })).toBe(2)
    expect(writer.pragma('foreign_keys', { simple: true })).toBe(1)
    expect(() => assertDurable(writer)).not.toThrow()
    writer.pragma('synchronous = NORMAL')
    expect(() => assertDurable(writer)).toThrow(expect.objectContaining({ code: 'STORE_UNSAFE' }))
    expect(() => reader.exec('create table t (x)')).toThrow(/readonly/)
    reader.close()
    writer.close()
  })

  it('is refused where there can be no write-ahead log', () => {
    const memory = new Sqlite(':memory:')
    expect(() => assertDurable(memory)).toThrow(expect.objectContaining({ code: 'STORE_UNSAFE' }))
    memory.close()
  })

  it('cannot be used before it was migrated', async () => {
    const store = await open()
    const expected = { code: 'STORE_NOT_MIGRATED', retry: 'after-human' }
    await expect(store.read((reader) => reader.messageCount())).rejects.toMatchObject(expected)
    await expect(store.transaction(async () => undefined)).rejects.toMatchObject(expected)
    await expect(store.claim(['send'], 'w', after(0), after(1))).rejects.toMatchObject(expected)
    expect(await store.migrate()).toEqual({ from: 0, to: migrations.length })
    expect(await store.read((reader) => reader.messageCount())).toBe(0)
  })

  it('is not made where one only wants to look', async () => {
    const looking = openSqliteStore(file, { ...options, mustExist: true })
    await expect(looking).rejects.toMatchObject({ code: 'STORE_NOT_MIGRATED' })
    expect(existsSync(file)).toBe(false)
  })

  it('of a newer version is refused when it is opened, and left alone', async () => {
    const store = await openMigrated()
    await store.close()
    rawly((database) => database.exec("insert into schema_migration values (999, 'later', 0)"))
    await expect(open()).rejects.toMatchObject({ code: 'STORE_NEWER', retry: 'after-human' })
    expect(rawly((database) => database.prepare('select count(*) from job').pluck().get())).toBe(0)
  })

  it('that is migrated to a newer version meanwhile is used no more', async () => {
    const store = await openMigrated()
    await store.transaction((tx) => tx.saveCursor('maildir', 'before'))
    rawly((database) => database.exec("insert into schema_migration values (999, 'later', 0)"))
    const expected = { code: 'STORE_NEWER' }
    const writing = store.transaction((tx) => tx.saveCursor('maildir', 'after'))
    await expect(writing).rejects.toMatchObject(expected)
    await expect(store.read((reader) => reader.nextJobAt())).rejects.toMatchObject(expected)
    await expect(store.migrate()).rejects.toMatchObject(expected)
    expect(rawly((database) => database.prepare('select cursor from source_cursor').get())).toEqual(
      {
        cursor: 'before',
      },
    )
  })

  it('of an older version asks for a migration', async () => {
    const store = await openMigrated()
    await store.close()
    rawly((database) => database.exec('delete from schema_migration'))
    const older = await open()
    await expect(older.read((reader) => reader.messageCount())).rejects.toMatchObject({
      code: 'STORE_NOT_MIGRATED',
    })
  })

  it.each<[string, string, () => void, string]>([
    [
      'a file that is no database',
      'x',
      () => writeFileSync(path.join(folder, 'x'), 'no database '.repeat(99)),
      'STORE_CORRUPT',
    ],
    ['a folder', 'x', () => mkdirSync(path.join(folder, 'x')), 'STORE_CANNOT_OPEN'],
    ['a missing folder', 'missing/x', () => undefined, 'STORE_CANNOT_OPEN'],
    [
      'a folder that is a file',
      'x/y',
      () => writeFileSync(path.join(folder, 'x'), ''),
      'STORE_CANNOT_OPEN',
    ],
  ])('is not found in %s, which says so', async (_name, at, prepare, code) => {
    prepare()
    const opening = openSqliteStore(path.join(folder, at), options)
    await expect(opening).rejects.toMatchObject({
      code,
      retry: 'after-human',
      remedy: expect.any(String),
      message: expect.stringContaining(path.join(folder, at)),
    })
  })

  it('that is damaged in the middle says so when it is read', async () => {
    const store = await openMigrated()
    await store.transaction(async (tx) => {
      for (let n = 0; n < 300; n += 1) {
        const message = sampleMessage(id(`m-${n}`), { subject: 'x'.repeat(500) })
        await tx.addMessage(message, sampleDelivery(message.messageId))
      }
    })
    await store.close()
    const page = rawly((database) =>
      Number(
        database.prepare("select rootpage from sqlite_schema where name = 'message'").pluck().get(),
      ),
    )
    rawly((database) => database.pragma('wal_checkpoint(truncate)'))
    const { open: openFile } = await import('node:fs/promises')
    const handle = await openFile(file, 'r+')
    await handle.write(Buffer.alloc(4096, 0xff), 0, 4096, (page - 1) * 4096)
    await handle.close()
    const damaged = await open()
    await expect(damaged.read((reader) => reader.message(id('m-7')))).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      retry: 'after-human',
    })
  })

  it('on a full disk refuses the change, keeps the rest, and goes on when there is room', async () => {
    const connections = await openSqlite(file)
    const store = await storeOn(connections, options)
    opened.push(store)
    await store.migrate()
    const pages = Number(connections.writer.pragma('page_count', { simple: true }))
    connections.writer.pragma(`max_page_count = ${pages + 20}`)
    let stored = 0
    async function fill(): Promise<void> {
      for (;;) {
        await store.transaction(async (tx) => {
          for (const part of ['a', 'b']) {
            const message = sampleMessage(id(`${stored}${part}`), { subject: 'x'.repeat(2000) })
            await tx.addMessage(message, sampleDelivery(message.messageId))
          }
        })
        stored += 1
      }
    }
    await expect(fill()).rejects.toMatchObject({
      code: 'STORE_FULL',
      retry: 'later',
      remedy: expect.stringContaining('space'),
    })
    expect(stored).toBeGreaterThan(2)
    expect(await store.read((reader) => reader.messageCount())).toBe(stored * 2)
    await expect(
      store.transaction((tx) => tx.saveCursor('maildir', 'x'.repeat(500_000))),
    ).rejects.toMatchObject({ code: 'STORE_FULL' })
    connections.writer.pragma('max_page_count = 100000')
    await store.transaction((tx) => tx.saveCursor('maildir', 'x'.repeat(500_000)))
    expect(connections.writer.pragma('integrity_check', { simple: true })).toBe('ok')
  })

  it('on a full disk takes nothing more in that transaction, even when the work goes on', async () => {
    const connections = await openSqlite(file)
    const store = await storeOn(connections, options)
    opened.push(store)
    await store.migrate()
    const pages = Number(connections.writer.pragma('page_count', { simple: true }))
    connections.writer.pragma(`max_page_count = ${pages + 2}`)
    const stubborn = store.transaction(async (tx) => {
      await tx.saveCursor('first', '1')
      await tx.saveCursor('big', 'x'.repeat(100_000)).catch(() => undefined)
      await tx.saveCursor('second', '2').catch(() => undefined)
    })
    await expect(stubborn).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(await store.read((reader) => reader.cursor('first'))).toBeNull()
    expect(await store.read((reader) => reader.cursor('second'))).toBeNull()
  })

  it.skipIf(noMountReason !== null)(
    `on a disk that is really full, and then read-only, loses nothing it acknowledged${noMountReason === null ? '' : ` (skipped: ${noMountReason})`}`,
    () => {
      const script = path.join(import.meta.dirname, 'children/small-disk.ts')
      const said = runInSmallMount(script, { folder, sizeBytes: 2 * 1024 * 1024 })
      expect(JSON.parse(said)).toEqual({
        full: 'STORE_FULL',
        allKept: true,
        afterwards: 'done',
        openedFull: 'STORE_FULL',
        blamed: 'STORE_FULL copy.sqlite',
        readOnly: 'STORE_READ_ONLY',
        allThere: true,
      })
    },
    60_000,
  )

  it.each<[string, () => Promise<unknown> | void]>([
    ['an empty folder', () => undefined],
    ['a folder with a store', async () => (await openMigrated()).close()],
  ])('in %s that may not be written is STORE_READ_ONLY', async (_name, prepare) => {
    await prepare()
    if (existsSync(file)) {
      chmodSync(file, 0o444)
    }
    chmodSync(folder, 0o555)
    const child = runChild('open-unprivileged', file)
    expect(await child.line()).toBe('STORE_READ_ONLY')
    await child.ended
  })

  it('waits for a writer in another process without holding up its own', async () => {
    const store = await openMigrated()
    const other = new Sqlite(file)
    other.exec('begin immediate')
    let ticks = 0
    const ticking = setInterval(() => {
      ticks += 1
    }, 1)
    const written = store.transaction((tx) => tx.saveCursor('maildir', 'cur/7'))
    await sleep(400)
    clearInterval(ticking)
    expect(await store.read((reader) => reader.cursor('maildir'))).toBeNull()
    other.exec('rollback')
    other.close()
    await written
    expect(ticks).toBeGreaterThan(5)
    expect(await store.read((reader) => reader.cursor('maildir'))).toBe('cur/7')
  })

  it('gives up waiting after its time, with STORE_BUSY', async () => {
    let tries = 0
    const waiting = untilFree(() => {
      tries += 1
      throw toStoreError(
        Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' }),
        file,
      )
    }, 20)
    await expect(waiting).rejects.toMatchObject({ code: 'STORE_BUSY', retry: 'later' })
    expect(tries).toBeGreaterThan(1)
  })

  it('leaves one file behind when it is closed', async () => {
    const store = await openMigrated()
    await store.transaction((tx) => tx.saveCursor('maildir', 'cur/7'))
    await store.close()
    expect(existsSync(`${file}-wal`)).toBe(false)
  })

  it('does not grow with the jobs it has done', async () => {
    const store = await openMigrated()
    async function work(jobs: number): Promise<void> {
      for (let n = 0; n < jobs; n += 1) {
        await store.transaction((tx) => tx.enqueue('assemble', `${n}`, after(0)))
        const job = await store.claim(['assemble'], 'w', after(0), after(1000))
        if (job !== null) {
          await store.transaction((tx) => tx.complete(job))
        }
      }
    }
    await work(20)
    const before = rawly((database) => database.pragma('page_count', { simple: true }))
    await work(200)
    expect(rawly((database) => database.pragma('page_count', { simple: true }))).toBe(before)
  }, 30_000)
})

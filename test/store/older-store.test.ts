import { statSync } from 'node:fs'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '../../src/core/decision.ts'
import { defaultLooseGapMs } from '../../src/core/series/loose-join.ts'
import { runMigrations } from '../../src/store/migrate.ts'
import { migrations } from '../../src/store/migrations/migrations.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { sqliteDdl } from '../../src/store/sqlite/sqlite-ddl.ts'
import { sqliteDialect } from '../../src/store/sqlite/sqlite-dialect.ts'
import type { Store } from '../../src/store/store.ts'
import type { Tables } from '../../src/store/tables.ts'
import { openTempStore, type TempStore } from '../support/temp-store.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { runChild } from './run-child.ts'
import {
  after,
  id,
  noon,
  sampleApplication,
  sampleDelivery,
  sampleMessage,
  sampleOutboxRecord,
  samplePatch,
  sampleSeries,
  sampleSeriesRecord,
  sampleTopic,
  sampleTopicId,
} from './samples.ts'

const mails = Array.from({ length: 40 }, (_, number) => id(`patch-${number}`))

const decision: Decision = {
  at: noon,
  messageId: id('patch-3'),
  topic: sampleTopicId('patch-3'),
  version: '1',
  step: 'publish',
  rule: 'pushed',
  inputs: { n: 1 },
  result: 'refs/series',
}
const longId = id('x'.repeat(5000))
/** What a column or JSON could spoil. */
const oddDecisions: readonly Decision[] = [
  { ...decision, at: after(5), messageId: null },
  { ...decision, at: after(4), topic: null, version: null },
  { ...decision, at: after(4), rule: 'of the same time, and later' },
  { ...decision, at: after(3), messageId: longId, version: '5.1' },
  { ...decision, at: after(3), messageId: id('größe "人"'), result: 'Größe "人" \\ \t🚀' },
  {
    ...decision,
    at: after(2),
    inputs: {
      'fi"les': { 'größe/人.c': ['\n', '\u0001', null, true, {}] },
      big: 1e21,
      half: -0.1,
      none: '',
    },
  },
  { ...decision, at: after(1), messageId: null, topic: null },
]

/** Rows as the service of an older release would have left them. */
async function fill(store: Store): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.saveCursor('maildir', 'cursor')
    for (const mail of mails) {
      const topic = sampleTopicId(mail)
      const delivery = sampleDelivery(mail)
      await tx.addDelivery(delivery)
      await tx.addMessage(sampleMessage(mail, { patch: samplePatch(mail) }), delivery)
      await tx.replaceSeries([mail], [sampleSeriesRecord(sampleSeries(mail))])
      await tx.saveTopic(sampleTopic(topic, { state: 'testing' }))
      await tx.fixTopic(topic, [mail])
      await tx.saveApplication(sampleApplication(topic, { n: 1, publishedAt: noon }))
      await tx.addToOutbox(sampleOutboxRecord(`key of ${mail}`, { topic, state: 'handed-over' }))
      await tx.addDecision({ ...decision, messageId: mail, topic })
      await tx.enqueue('collect', `${topic} 1`, after(1))
    }
    await tx.addDecisions(oddDecisions)
    await tx.addHumanDecision({
      at: noon,
      by: 'ada',
      decision: { kind: 'opt-out', address: 'ben@example.org', isOut: true },
    })
  })
}

/** All that people and jobs ask of it. */
async function contentOf(store: Store): Promise<unknown> {
  return store.read(async (reader) => ({
    cursor: await reader.cursor('maildir'),
    messages: await reader.messages(mails),
    topics: await reader.topics({ limit: 100, offset: 0 }),
    series: await Promise.all(mails.map((mail) => reader.seriesOf(mail))),
    applications: await Promise.all(mails.map((mail) => reader.applications(sampleTopicId(mail)))),
    decisions: await reader.decisions({ topic: sampleTopicId('patch-3') }),
    decisionsOfMails: await Promise.all(
      [id('patch-3'), longId, id('größe "人"')].map((messageId) => reader.decisions({ messageId })),
    ),
    people: await reader.humanDecisions('opt-out'),
    jobs: await reader.jobCounts(),
    outbox: (await reader.outbox({ limit: 100 })).map(({ key, state, mail }) => ({
      key,
      state,
      mail,
    })),
  }))
}

/** Up to schema 12 each decision was a row. */
const oldDecisions = `
  insert into decision (at, message, topic, version, step, rule, inputs, result)
  select at, (select id from filled.message_id where coalesce(full_text, name) = value ->> 0),
    value ->> 1, value ->> 2, value ->> 3, value ->> 4, value -> 5, value ->> 6
  from filled.decision_group, json_each(decisions) order by decision_group.id, key`

describe('a store of an older release', () => {
  let filled: TempStore
  beforeAll(async () => {
    filled = await openTempStore()
    await fill(filled.store)
  })
  afterAll(() => filled.close())

  /** The same rows in a file that has seen the migrations up to `schema` only. */
  async function olderStore(schema: number): Promise<string> {
    const file = path.join(temporaryFolder(), 'store.sqlite')
    const { writer, reader } = await openSqlite(file)
    const db = new Kysely<Tables>({ dialect: sqliteDialect(writer, 'begin immediate') })
    await runMigrations(db, migrations.slice(0, schema), sqliteDdl)
    writer.prepare('attach ? as filled').run(filled.file)
    writer.pragma('foreign_keys = off')
    const tables = writer
      .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite%'")
      .pluck()
      .all() as readonly string[]
    const filledApart = new Set(['schema_migration', 'decision'])
    for (const table of tables.filter((name) => !filledApart.has(name))) {
      const names = columns(writer, 'main', table)
      const common = columns(writer, 'filled', table).filter((name) => names.includes(name))
      const list = common.map((name) => `"${name}"`).join(', ')
      writer.exec(`insert into "${table}" (${list}) select ${list} from filled."${table}"`)
    }
    if (tables.includes('decision')) {
      writer.exec(oldDecisions)
    }
    writer.exec('detach filled')
    reader.close()
    writer.close()
    return file
  }

  function columns(database: Sqlite.Database, schema: string, table: string): readonly string[] {
    return database
      .prepare(`select name from pragma_table_info(?, ?)`)
      .pluck()
      .all(table, schema) as readonly string[]
  }

  function allDecisions(file: string): readonly unknown[] {
    const database = new Sqlite(file, { readonly: true })
    try {
      return database
        .prepare(
          'select at, value from decision_group, json_each(decisions) order by at, decision_group.id, key',
        )
        .all()
    } finally {
      database.close()
    }
  }

  /** Schema, soundness, and every row of every table. */
  function snapshot(file: string): unknown {
    const database = new Sqlite(file, { readonly: true })
    try {
      const tables = database
        .prepare("select name, sql from sqlite_schema where type = 'table' order by name")
        .all() as readonly { name: string; sql: string }[]
      return {
        sound: database.pragma('integrity_check', { simple: true }),
        tables: tables.map(({ name, sql }) => ({
          sql,
          rows: database.prepare(`select * from "${name}"`).all(),
        })),
      }
    } finally {
      database.close()
    }
  }

  it.each(migrations.slice(0, -1).map(({ number }) => number))(
    'of schema %i is brought up to date with all that it holds',
    async (schema) => {
      const file = await olderStore(schema)
      const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
      await expect(contentOf(store)).rejects.toMatchObject({ code: 'STORE_NOT_MIGRATED' })
      expect(await store.migrate()).toEqual({ from: schema, to: migrations.length })
      expect(await contentOf(store)).toEqual(await contentOf(filled.store))
      await store.close()
    },
  )

  it('keeps also decisions about no mail and no topic, which nobody asks for yet', async () => {
    const file = await olderStore(12)
    const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
    await store.migrate()
    await store.close()
    expect(allDecisions(file)).toEqual(allDecisions(filled.file))
    expect(allDecisions(file)).toHaveLength(mails.length + oddDecisions.length)
  })

  it('is whole after a kill in the middle of a migration', async () => {
    const file = await olderStore(4)
    const before = snapshot(file)
    const child = runChild('migrate-midway', file)
    expect(await child.line()).toBe('midway')
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0)
    child.process.kill('SIGKILL')
    expect(await child.ended).toBe('SIGKILL')
    expect(snapshot(file)).toEqual(before)
    const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
    expect(await store.migrate()).toEqual({ from: 4, to: migrations.length })
    expect(await contentOf(store)).toEqual(await contentOf(filled.store))
    await store.close()
  }, 30_000)

  it('is whole when the disk is full in the middle of a migration', async () => {
    const file = await olderStore(1)
    const before = snapshot(file)
    const { writer, reader } = await openSqlite(file)
    const pages = Number(writer.pragma('page_count', { simple: true }))
    const db = new Kysely<Tables>({ dialect: sqliteDialect(writer, 'begin immediate') })
    // Each try comes one page further.
    let tries = 0
    for (let room = 0; ; room += 1) {
      writer.pragma(`max_page_count = ${pages + room}`)
      const outcome = await runMigrations(db, migrations, sqliteDdl).catch(
        (error: unknown) => error,
      )
      if (!(outcome instanceof Error)) {
        break
      }
      expect(outcome).toMatchObject({ code: 'STORE_FULL', retry: 'later' })
      expect(snapshot(file)).toEqual(before)
      tries += 1
    }
    expect(tries).toBeGreaterThan(2)
    reader.close()
    writer.close()
    const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
    expect(await contentOf(store)).toEqual(await contentOf(filled.store))
    await store.close()
  }, 30_000)
})

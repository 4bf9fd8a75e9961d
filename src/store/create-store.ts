import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { newerStore, newestApplied, newestOf, runMigrations, schemaVersion } from './migrate.ts'
import { migrations } from './migrations/migrations.ts'

import { closeDirect, openDirect } from './prepared.ts'
import type { KnownDecisions } from './queries/decisions.ts'
import { claim, claimAlike, extendLease, fail, sweep } from './queries/jobs.ts'
import type { SqlDialect } from './sql-dialect.ts'
import type { Store } from './store.ts'
import { storeError } from './store-error.ts'
import { storeReader, storeTransaction } from './store-queries.ts'
import type { Db } from './tables.ts'

export interface StoreParts {
  /** For messages to people: the file. */
  readonly name: string
  /** Writes, one transaction at a time. */
  readonly writer: Db
  /** Its transactions see one state of the store, and may run beside one of the writer. */
  readonly reader: Db
  readonly dialect: SqlDialect
  readonly looseGapMs: number
  /** Whether a transaction that is begun inside another one is STORE_NESTED; else it waits for ever. */
  readonly isWatched: boolean
  close(): Promise<void>
}

/** A store on an opened database of any dialect. Throws STORE_NEWER. */
export async function createStore(parts: StoreParts): Promise<Store> {
  const newest = newestOf(migrations)
  /** Tells jobs that this opened store leased from those of dead workers, whatever these were called. */
  const holder = randomUUID()
  const writing = new AsyncLocalStorage<{ isOpen: boolean }>()
  const reading = new AsyncLocalStorage<{ isOpen: boolean }>()
  const decided: KnownDecisions = new Map()
  let wasMigrated = false
  let isClosed = false

  /** Another process may have migrated the store meanwhile. */
  async function assertSchema(db: Db): Promise<void> {
    const version = wasMigrated ? await newestApplied(db) : await schemaVersion(db)
    wasMigrated = version !== null
    if (version !== null && version > newest) {
      throw newerStore(version, newest)
    }
    if (version !== newest) {
      throw storeError(
        'STORE_NOT_MIGRATED',
        version === null
          ? `${parts.name}: the store is empty`
          : `${parts.name}: the store is of schema ${version}; this version of Patchferry needs ${newest}`,
        { retry: 'after-human', details: { name: parts.name, version, newest } },
      )
    }
  }

  function assertUsable(inside: AsyncLocalStorage<{ isOpen: boolean }>): void {
    if (isClosed) {
      throw storeError('STORE_CLOSED', `${parts.name}: the store is closed`, { retry: 'never' })
    }
    // It would wait for itself for ever.
    if (inside.getStore()?.isOpen === true) {
      throw storeError('STORE_NESTED', 'a transaction was begun inside another one', {
        retry: 'never',
      })
    }
  }

  /** Runs `work` in a transaction of `db`. */
  async function take<T>(
    db: Db,
    inside: AsyncLocalStorage<{ isOpen: boolean }>,
    work: (tx: Db) => Promise<T>,
  ): Promise<T> {
    assertUsable(inside)
    const transaction = { isOpen: true }
    async function run(): Promise<T> {
      return await db.transaction().execute(async (tx) => {
        openDirect(tx)
        try {
          await assertSchema(tx)
          return await work(tx)
        } finally {
          closeDirect(tx)
        }
      })
    }
    try {
      return await (parts.isWatched ? inside.run(transaction, run) : run())
    } finally {
      transaction.isOpen = false
    }
  }

  async function write<T>(work: (tx: Db) => Promise<T>): Promise<T> {
    return await take(parts.writer, writing, work)
  }

  const found = await schemaVersion(parts.reader)
  if (found !== null && found > newest) {
    throw newerStore(found, newest)
  }
  return {
    transaction: (work) => write((tx) => work(storeTransaction(tx, parts.looseGapMs, decided))),
    read: (work) =>
      take(parts.reader, reading, (tx) => work(storeReader(tx, parts.looseGapMs, decided))),
    claim: (kinds, worker, now, leaseUntil) =>
      write((tx) => claim(tx, kinds, { worker, holder, now, leaseUntil })),
    claimAlike: (job, limit, worker, now, leaseUntil) =>
      write((tx) => claimAlike(tx, job, limit, { worker, holder, now, leaseUntil })),
    extendLease: (job, leaseUntil) => write((tx) => extendLease(tx, job, leaseUntil)),
    fail: (job, runAt, error) => write((tx) => fail(tx, job, runAt, error)),
    sweep: (now, maxAttempts, isSoleWorker) =>
      write((tx) => sweep(tx, now, maxAttempts, isSoleWorker ? holder : null)),
    async compact() {
      assertUsable(writing)
      await parts.dialect.compact(parts.writer)
    },
    async migrate() {
      assertUsable(writing)
      return await runMigrations(parts.writer, migrations, parts.dialect)
    },
    async close() {
      if (!isClosed) {
        isClosed = true
        // Else every promise of the process would go on paying for the watching.
        writing.disable()
        reading.disable()
        await parts.close()
      }
    },
  }
}

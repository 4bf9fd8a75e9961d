import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Statement } from 'better-sqlite3'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { BotError } from '../../core/bot-error.ts'
import { cleanText, isClean } from '../../core/clean-json.ts'
import type { DirectAdapter } from '../prepared.ts'
import { toStoreError } from '../store-error.ts'
import type { Db } from '../tables.ts'

/** As long as a migration or a copy of a large store may keep others waiting. */
const longestWaitMs = 30_000
const statementsKept = 300
/** Whoever waits for the lock can only ask again and again, so often. */
const askAgainMs = 3
/** Who had the lock for longer lets go of it for a while, or those who wait would hardly ever find it free. */
const longTurnMs = 20

interface SqliteConnection extends DatabaseConnection {
  /** What failed in the open transaction: nothing more is done in it, as PostgreSQL has it too. */
  begin(statement: string): Promise<void>
  commit(): void
  rollback(): void
  readonly runNow: DirectAdapter['runNow']
  readonly runEachNow: DirectAdapter['runEachNow']
}

/**
 * Kysely on one better-sqlite3 connection. Kysely's own driver begins `deferred`, where a reader that turns writer
 * gets SQLITE_BUSY at once and no timeout helps; and it prepares every statement anew.
 * `begin` is the statement that opens a transaction; while another process holds the lock it is tried again
 * without blocking the event loop. Errors are thrown as BotError.
 */
export function sqliteDialect(
  database: Database,
  begin: 'begin immediate' | 'begin deferred',
): Dialect {
  const connection = sqliteConnection(database)
  return {
    createDriver: () => sqliteDriver(database, connection, begin),
    createAdapter: (): DirectAdapter =>
      Object.assign(new SqliteAdapter(), {
        open: new WeakSet<Db>(),
        runNow: connection.runNow,
        runEachNow: connection.runEachNow,
      }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  }
}

function sqliteDriver(database: Database, connection: SqliteConnection, begin: string): Driver {
  const turns = takingTurns()
  return {
    init: () => Promise.resolve(),
    async acquireConnection() {
      await turns.take()
      return connection
    },
    releaseConnection() {
      turns.give()
      return Promise.resolve()
    },
    beginTransaction: () => connection.begin(begin),
    async commitTransaction() {
      connection.commit()
    },
    async rollbackTransaction() {
      connection.rollback()
    },
    async destroy() {
      await turns.take()
      database.close()
    },
  }
}

function sqliteConnection(database: Database): SqliteConnection {
  const prepare = keepingStatements(database)
  let fault: BotError | null = null
  let begunAt = 0
  let othersUntil = 0
  function letGo(): void {
    const now = performance.now()
    othersUntil = now - begunAt > longTurnMs ? now + askAgainMs : now
  }
  function runNow(sql: string, parameters: readonly unknown[]): QueryResult<unknown> {
    return guarded(() => runOnce(prepare(sql), parameters))
  }
  function runEachNow(sql: string, each: readonly (readonly unknown[])[]): readonly unknown[] {
    return guarded(() => {
      const statement = prepare(sql)
      if (statement.reader) {
        return each.flatMap((parameters) => statement.all(cleaned(parameters)))
      }
      for (const parameters of each) {
        statement.run(cleaned(parameters))
      }
      return []
    })
  }
  function guarded<T>(work: () => T): T {
    if (fault !== null) {
      throw fault
    }
    const isInside = database.inTransaction
    try {
      return work()
    } catch (error) {
      const translated = toStoreError(error, database.name)
      if (isInside) {
        fault = translated
      }
      throw translated
    }
  }
  return {
    runNow,
    runEachNow,
    async executeQuery<R>(query: CompiledQuery) {
      return runNow(query.sql, query.parameters) as QueryResult<R>
    },
    async *streamQuery<R>(query: CompiledQuery) {
      yield runNow(query.sql, query.parameters) as QueryResult<R>
    },
    async begin(statement) {
      fault = null
      const restMs = othersUntil - performance.now()
      if (restMs > 0) {
        await sleep(restMs)
      }
      await untilFree(() => runNow(statement, []))
      begunAt = performance.now()
    },
    commit() {
      runNow('commit', [])
      letGo()
    },
    rollback() {
      fault = null
      // A full disk makes SQLite roll back by itself, and there is nothing left to roll back.
      if (database.inTransaction) {
        runNow('rollback', [])
      }
    },
  }
}

/** Times out with the STORE_BUSY of the last try. */
export async function untilFree<T>(attempt: () => T, longestMs = longestWaitMs): Promise<T> {
  const until = Date.now() + longestMs
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, askAgainMs)) {
    try {
      return attempt()
    } catch (error) {
      if (!(error instanceof BotError) || error.code !== 'STORE_BUSY' || Date.now() > until) {
        throw error
      }
    }
    await sleep(pauseMs * (0.3 + Math.random() * 0.6))
  }
}

function runOnce(
  statement: Statement<unknown[]>,
  parameters: readonly unknown[],
): QueryResult<unknown> {
  const given = cleaned(parameters)
  return statement.reader
    ? { rows: statement.all(given) }
    : { numAffectedRows: BigInt(statement.run(given).changes), rows: [] }
}

/** The parameters themselves where, as nearly always, nothing is to be cleaned. */
function cleaned(parameters: readonly unknown[]): readonly unknown[] {
  return parameters.some((value) => typeof value === 'string' && !isClean(value))
    ? parameters.map((value) => (typeof value === 'string' ? cleanText(value) : value))
    : parameters
}

/** Prepares a statement once; where there are too many, the ones not used for longest are given up. */
function keepingStatements(database: Database): (sql: string) => Statement<unknown[]> {
  const kept = new Map<string, Statement<unknown[]>>()
  return (sql) => {
    const known = kept.get(sql)
    if (known !== undefined && kept.size < statementsKept) {
      return known
    }
    const statement = known ?? database.prepare<unknown[]>(sql)
    kept.delete(sql)
    kept.set(sql, statement)
    if (kept.size > statementsKept) {
      const [oldest] = kept.keys()
      kept.delete(oldest ?? '')
    }
    return statement
  }
}

/** One after the other, in the order they came. */
function takingTurns(): { take(): Promise<void>; give(): void } {
  const waiting: (() => void)[] = []
  let isTaken = false
  return {
    async take() {
      if (isTaken) {
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      isTaken = true
    },
    give() {
      const next = waiting.shift()
      if (next === undefined) {
        isTaken = false
      } else {
        next()
      }
    },
  }
}

/*
 * What the store costs above its database: the same rows written through `Store` and by prepared statements of
 * better-sqlite3, in the same run, round by round. `npx tsx bench/store.ts [messages] [jobs]`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import type { Message } from '../src/core/message.ts'
import { defaultLooseGapMs } from '../src/core/series/loose-join.ts'
import { openSqliteStore } from '../src/store/sqlite/open-sqlite-store.ts'
import type { Store } from '../src/store/store.ts'
import { after, id, sampleDelivery, sampleMessage, samplePatch } from '../test/store/samples.ts'

const batchLength = 25
const rounds = 5
const [messageCount = 20_000, jobCount = 5_000] = process.argv.slice(2).map(Number)

interface Side {
  readonly insertMessages: (messages: readonly Message[]) => Promise<void> | void
  readonly workJobs: (keys: readonly string[]) => Promise<void> | void
  readonly close: () => Promise<void> | void
}

function storeSide(store: Store): Side {
  return {
    async insertMessages(messages) {
      for (let start = 0; start < messages.length; start += batchLength) {
        await store.transaction(async (tx) => {
          for (const message of messages.slice(start, start + batchLength)) {
            const delivery = sampleDelivery(message.messageId)
            await tx.addDelivery(delivery)
            await tx.addMessage(message, delivery)
          }
        })
      }
    },
    async workJobs(keys) {
      await store.transaction(async (tx) => {
        for (const key of keys) {
          await tx.enqueue('assemble', key, after(0))
        }
      })
      for (;;) {
        const job = await store.claim(['assemble'], 'bench', after(1), after(1000))
        if (job === null) {
          return
        }
        await store.transaction((tx) => tx.complete(job))
      }
    },
    close: () => store.close(),
  }
}

/** The fewest statements that leave the same rows behind. */
function rawSide(database: Database): Side {
  const name = database.prepare(
    'insert into message_id (name) values (?) on conflict (name) do nothing',
  )
  const number = database.prepare('select id from message_id where name = ?').pluck()
  const delivery = database.prepare(
    `insert into delivery (source, blob, position, location, arrived_at, is_silent, message)
     values (?, ?, ?, ?, ?, 0, ?) on conflict (blob, source) do nothing`,
  )
  const mail = database.prepare(
    `insert into message (id, content_hash, position, blob, arrived_at, is_silent, facts)
     values (?, ?, ?, ?, ?, 0, ?) on conflict (id) do nothing`,
  )
  const link = database.prepare('insert into message_link (a, b) values (?, ?)')
  const enqueue = database.prepare(
    `insert into job (kind, key_index, key, state, run_at, attempt, deaths)
     values ('assemble', ?, ?, 'waiting', ?, 0, 0)`,
  )
  const claim = database.prepare(
    `update job set state = 'running', attempt = attempt + 1, worker = 'bench', lease_until = ?
     where id = (select id from job where state = 'waiting' and kind = 'assemble' and run_at <= ?
       order by run_at, id limit 1) returning id, attempt`,
  )
  const complete = database.prepare(
    "delete from job where id = ? and attempt = ? and state = 'running'",
  )
  function numberOf(messageId: string): number {
    name.run(messageId)
    return number.get(messageId) as number
  }
  return {
    insertMessages(messages) {
      for (let start = 0; start < messages.length; start += batchLength) {
        database
          .transaction(() => {
            for (const message of messages.slice(start, start + batchLength)) {
              const from = sampleDelivery(message.messageId)
              const own = numberOf(message.messageId)
              const at = from.arrivedAt.getTime()
              delivery.run(from.source, from.blob, from.position, from.location, at, own)
              const facts = JSON.stringify(message)
              const hash = message.patch?.contentHash ?? null
              mail.run(own, hash, from.position, from.blob, at, facts)
              for (const reference of message.references) {
                const other = numberOf(reference)
                link.run(own, other)
                link.run(other, own)
              }
            }
          })
          .immediate()
      }
    },
    workJobs(keys) {
      const due = after(0).getTime()
      database
        .transaction(() => {
          for (const key of keys) {
            enqueue.run(key, key, due)
          }
        })
        .immediate()
      for (;;) {
        const job = claim.get(due + 1000, due + 1) as { id: number; attempt: number } | undefined
        if (job === undefined) {
          return
        }
        complete.run(job.id, job.attempt)
      }
    },
    close: () => {
      database.close()
    },
  }
}

/** Threads of ten: each mail names the first and the one before. */
function makeMessages(round: number): readonly Message[] {
  return Array.from({ length: messageCount / rounds }, (_, n) => {
    const first = n - (n % 10)
    const references = n === first ? [] : [...new Set([first, n - 1])]
    return sampleMessage(id(`${round}-${n}`), {
      subject: `[PATCH ${n % 10}/9] mend pump ${n}`,
      references: references.map((to) => id(`${round}-${to}`)),
      patch: n === first ? null : samplePatch(`${round}-${n}`),
    })
  })
}

async function secondsOf(work: () => Promise<void> | void): Promise<number> {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start) / 1e9
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Prints one line; `pairs` holds the seconds of both sides, round by round. */
function printRatio(
  measure: string,
  perRound: number,
  pairs: readonly (readonly [number, number])[],
): void {
  const ratios = pairs.map(([store, raw]) => store / raw)
  const rate = Math.round(perRound / median(pairs.map(([store]) => store)))
  const rawRate = Math.round(perRound / median(pairs.map(([, raw]) => raw)))
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  process.stdout.write(
    `${measure}: ${median(ratios).toFixed(2)} times raw better-sqlite3 (${spread}); ${rate}/s and ${rawRate}/s\n`,
  )
}

const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-bench-'))
try {
  const store = await openSqliteStore(path.join(folder, 'store.sqlite'), {
    looseGapMs: defaultLooseGapMs,
  })
  await store.migrate()
  const rawFile = path.join(folder, 'raw.sqlite')
  const forRaw = await openSqliteStore(rawFile, { looseGapMs: defaultLooseGapMs })
  await forRaw.migrate()
  await forRaw.close()
  const database = new Sqlite(rawFile)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  const sides = [storeSide(store), rawSide(database)] as const
  const inserts: [number, number][] = []
  const jobs: [number, number][] = []
  for (let round = 0; round < rounds; round += 1) {
    const messages = makeMessages(round)
    const keys = Array.from({ length: jobCount / rounds }, (_, n) => `${round}-${n}`)
    inserts.push([
      await secondsOf(() => sides[0].insertMessages(messages)),
      await secondsOf(() => sides[1].insertMessages(messages)),
    ])
    jobs.push([
      await secondsOf(() => sides[0].workJobs(keys)),
      await secondsOf(() => sides[1].workJobs(keys)),
    ])
  }
  printRatio(`insert messages, ${batchLength} a transaction`, messageCount / rounds, inserts)
  printRatio('enqueue, claim and complete jobs', jobCount / rounds, jobs)
  for (const side of sides) {
    await side.close()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

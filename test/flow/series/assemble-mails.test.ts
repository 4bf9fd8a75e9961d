import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toMessageId } from '../../../src/core/ids.ts'
import { takeMails } from '../../../src/flow/intake/take-mail.ts'
import { runDueJobs } from '../../../src/flow/run-jobs.ts'
import { assembleDue } from '../../../src/flow/series/assemble-mails.ts'
import { sampleMail, sampleOutboxRecord } from '../../store/samples.ts'
import { type FlowBench, openFlowBench } from '../../support/flow-bench.ts'

const never = new AbortController().signal

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
})
afterEach(() => bench.close())

function patchMail(name: string): string {
  return (
    `From: Ada <${name}@example.org>\nMessage-ID: <${name}@example.org>\nSubject: [PATCH] ${name}\n` +
    'Date: Thu, 1 Jan 2026 12:00:00 +0000\n\n---\n' +
    `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n@@ -1 +1 @@\n-old\n+new\n`
  )
}

async function takeAll(mails: ReadonlyMap<string, string>): Promise<void> {
  const deliveries = [...mails].map(([location, text]) => ({
    raw: Buffer.from(text),
    source: 'list',
    location,
    arrivedAt: bench.now,
    isSilent: false,
  }))
  await takeMails(deliveries, bench.ports, async () => undefined, never)
}

async function take(...names: readonly string[]): Promise<void> {
  await takeAll(new Map(names.map((name) => [name, patchMail(name)])))
}

/** The store takes no series that speaks of this. */
function refuse(word: string): void {
  const database = new Sqlite(bench.storeFile)
  database.exec(`create trigger refusing before insert on series when new.facts like '%${word}%'
    begin select raise(abort, 'refused by the test'); end`)
  database.close()
}

async function hasSeries(name: string): Promise<boolean> {
  const found = await bench.ports.store.read((reader) =>
    reader.seriesOf(toMessageId(`${name}@example.org`)),
  )
  return found !== null
}

/** Until nothing is left that was due at `dueAt`. */
async function assembleAll(dueAt: Date): Promise<readonly number[]> {
  const counts: number[] = []
  while (counts.at(-1) !== 0) {
    counts.push(await assembleDue(dueAt, bench.ports))
  }
  return counts
}

describe('threads that are assembled without a lease', () => {
  it('are those that were due by then, and their jobs are done', async () => {
    const names = Array.from({ length: 450 }, (_, n) => `patch-${n}`)
    await take(...names)
    const before = bench.now
    bench.now = new Date(before.getTime() + 1)
    await take('later')

    expect((await assembleAll(before)).reduce((sum, count) => sum + count)).toBe(450)

    expect(await hasSeries('patch-449')).toBe(true)
    expect(await hasSeries('later')).toBe(false)
    expect(await bench.ports.store.read((reader) => reader.jobCounts())).toEqual({ waiting: 1 })
  })

  it('wait as before when they cannot be', async () => {
    refuse('poison')
    await take('a', 'poison')

    await expect(assembleDue(bench.now, bench.ports)).rejects.toThrow('refused by the test')

    expect(await hasSeries('a')).toBe(false)
    expect(await bench.ports.store.read((reader) => reader.jobCounts())).toEqual({ waiting: 2 })
    expect(await runDueJobs(['assemble'], 'worker', bench.ports, never, never)).toBe(2)
    expect(await hasSeries('a')).toBe(true)
  })

  it('leave one with a mail of ours to whoever keeps the journal', async () => {
    const key = 'report'
    const mail = sampleMail(toMessageId('own@example.org'))
    await bench.ports.store.transaction((tx) =>
      tx.addToOutbox(sampleOutboxRecord(key, { mail, state: 'handed-over' })),
    )
    const own = `From: ${bench.ports.bot.address}\nMessage-ID: <own@example.org>\n\nDone.\n`
    await takeAll(new Map([['own', own]]))
    await take('a')

    expect(await assembleAll(bench.now)).toEqual([1, 0])

    expect(await bench.ports.store.read((reader) => reader.jobCounts())).toEqual({ waiting: 1 })
    expect(await bench.ports.store.read((reader) => reader.outboxEntry(key))).toMatchObject({
      state: 'handed-over',
    })
  })
})

describe('threads that wait to be assembled', () => {
  it('are assembled together, more of them than one transaction takes too', async () => {
    const names = Array.from({ length: 60 }, (_, n) => `patch-${n}`)
    await take(...names)
    expect(await runDueJobs(['assemble'], 'worker', bench.ports, never, never)).toBe(60)
    for (const name of names) {
      expect(await hasSeries(name)).toBe(true)
    }
    expect(await bench.ports.store.read((reader) => reader.jobCounts())).toEqual({})
  })

  it('do not wait for one that cannot be: it is given up with its reason', async () => {
    refuse('poison')
    await take('a', 'poison', 'b')
    expect(await runDueJobs(['assemble'], 'worker', bench.ports, never, never)).toBe(3)
    expect([await hasSeries('a'), await hasSeries('poison'), await hasSeries('b')]).toEqual([
      true,
      false,
      true,
    ])
    const dead = await bench.ports.store.read((reader) => reader.deadJobs(5))
    expect(dead).toMatchObject([{ key: 'poison@example.org', attempt: 1 }])
    expect(dead[0]?.lastError).toContain('refused by the test')
  })
})

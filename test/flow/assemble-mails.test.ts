import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toMessageId } from '../../src/core/ids.ts'
import { runDueJobs } from '../../src/flow/run-jobs.ts'
import { takeMails } from '../../src/flow/take-mail.ts'
import { type FlowBench, openFlowBench } from '../support/flow-bench.ts'

const never = new AbortController().signal

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
})
afterEach(() => bench.close())

async function take(...names: readonly string[]): Promise<void> {
  const deliveries = names.map((name) => ({
    raw: Buffer.from(
      `From: Ada <${name}@example.org>\nMessage-ID: <${name}@example.org>\nSubject: [PATCH] ${name}\n` +
        'Date: Thu, 1 Jan 2026 12:00:00 +0000\n\n---\n' +
        `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n@@ -1 +1 @@\n-old\n+new\n`,
    ),
    source: 'list',
    location: name,
    arrivedAt: bench.now,
    isSilent: false,
  }))
  await takeMails(deliveries, bench.ports, async () => undefined, never)
}

async function hasSeries(name: string): Promise<boolean> {
  const found = await bench.ports.store.read((reader) =>
    reader.seriesOf(toMessageId(`${name}@example.org`)),
  )
  return found !== null
}

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
    const database = new Sqlite(bench.storeFile)
    database.exec(`create trigger refusing before insert on series when new.facts like '%poison%'
      begin select raise(abort, 'refused by the test'); end`)
    database.close()
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

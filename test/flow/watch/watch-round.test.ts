import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMailReporter } from '../../../src/app/load-templates.ts'
import type { OutboxRecord } from '../../../src/core/records.ts'
import { type Condition, conditionKey } from '../../../src/core/watch/condition.ts'
import type { WatchPolicy } from '../../../src/core/watch/watch-policy.ts'
import { rebuild } from '../../../src/flow/recovery/rebuild.ts'
import { runDueJobs } from '../../../src/flow/run-jobs.ts'
import { watchConditions } from '../../../src/flow/watch/watch-conditions.ts'
import type { Surroundings, WorkerView } from '../../../src/flow/watch/watch-look.ts'
import { watchRound } from '../../../src/flow/watch/watch-round.ts'
import { sampleOutboxRecord, sampleSha } from '../../store/samples.ts'
import { all, type FlowBench, openFlowBench } from '../../support/flow-bench.ts'
import { openTempStore } from '../../support/temp-store.ts'
import { watchPolicy } from '../../support/watch-policy.ts'

const { signal } = new AbortController()
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const gigabyte = 1024 ** 3

let bench: FlowBench
let free: number | null
let worker: WorkerView | null
let policy: WatchPolicy
beforeEach(async () => {
  bench = await openFlowBench()
  bench.ports = { ...bench.ports, reporter: openMailReporter(null, null).reporter }
  free = 8 * gigabyte
  worker = { startedAt: bench.now, sources: [], accounts: [], projects: [] }
  policy = watchPolicy
})
afterEach(() => bench.close())

function around(): Surroundings {
  return { freeBytes: free, worker }
}

function ports(): Parameters<typeof watchRound>[2] {
  const installation = { host: 'build', stateDirectory: '/var/lib/patchferry', projects: ['hello'] }
  return { ...bench.ports, installation }
}

function pass(ms: number): void {
  bench.now = new Date(bench.now.getTime() + ms)
}

/** Time goes by, and the worker looks now and then, and sends what is due. */
async function live(ms: number, stepMs = minute): Promise<void> {
  for (const end = bench.now.getTime() + ms; bench.now.getTime() < end; ) {
    pass(stepMs)
    await watchRound(around(), policy, ports())
    await runDueJobs(['send'], 'test', bench.ports, signal, signal)
  }
}

async function look(): Promise<readonly Condition[]> {
  return bench.ports.store.read((reader) => watchConditions(reader, around(), policy, bench.now))
}

async function badOnes(): Promise<readonly string[]> {
  return (await look()).filter(({ state }) => state === 'bad').map(conditionKey)
}

async function mails(): Promise<readonly OutboxRecord[]> {
  const found = await bench.ports.store.read((reader) =>
    reader.outbox({ kind: 'operator', limit: 100 }),
  )
  return found.toReversed()
}

async function subjects(): Promise<readonly string[]> {
  return (await mails()).map(({ mail }) => mail.subject)
}

async function put(facts: Partial<OutboxRecord>): Promise<void> {
  await bench.ports.store.transaction(async (tx) => {
    const { now } = bench
    await tx.addToOutbox(
      sampleOutboxRecord('report', { createdAt: now, updatedAt: now, note: '', ...facts }),
    )
  })
}

describe('the operator', () => {
  it('gets one mail when something turns bad, and one when it is good again', async () => {
    free = 100 * 1024 ** 2
    await live(5 * minute)
    expect(await mails()).toEqual([])
    await live(day, 2 * hour)
    free = 9 * gigabyte
    await live(day, 2 * hour)

    expect(await subjects()).toEqual([
      'Patchferry on build (hello) needs you: free-disk',
      'Patchferry on build (hello) is well again',
    ])
    expect(bench.mailer.sent).toHaveLength(2)
    const [bad, good] = await mails()
    expect(bad?.mail.to).toEqual([{ name: '', address: 'ops@example.org' }])
    expect(bad?.state).toBe('handed-over')
    expect(bad?.mail.text).toMatch(
      /^This is Patchferry on build, for hello, with the state folder\n\/var\/lib\/patchferry\.\n\nSomething needs you:\n\n- free-disk, since 2026-01-01 12:01 UTC: 100 MB are free/,
    )
    expect(good?.mail.text).toMatch(/\n\nSomething is good again:\n\n- free-disk, since /)
  })

  it('gets several things in one mail', async () => {
    free = 0
    await put({ state: 'failed' })
    await live(9 * minute, 3 * minute)
    expect(await subjects()).toEqual([
      'Patchferry on build (hello) needs you: free-disk, failed-mails',
    ])
  })

  it('hears of further mails that cannot be read, once a day', async () => {
    async function arrive(name: string): Promise<void> {
      const blob = sampleSha(name)
      const where = { blob, position: `1:${blob}`, source: 'devel', location: name }
      const why = { code: 'MAIL_UNREADABLE', message: 'no header', at: bench.now }
      await bench.ports.store.transaction((tx) => tx.addQuarantine({ ...where, ...why }))
    }
    await arrive('first')
    await live(hour)
    for (const name of ['second', 'third', 'fourth']) {
      await arrive(name)
      await live(hour)
    }
    expect(await subjects()).toEqual(['Patchferry on build (hello) needs you: quarantine'])
    await live(day, hour)
    expect(await subjects()).toHaveLength(2)
    expect((await mails()).at(-1)?.mail.text.replaceAll(/\s+/g, ' ')).toContain(
      '4 mails of the last seven days could not be read. The newest came by devel: MAIL_UNREADABLE.',
    )
    await live(3 * day, hour)
    expect(await subjects()).toHaveLength(2)
  })

  it('gets no storm of what flutters', async () => {
    for (let round = 0; round < 16; round += 1) {
      free = round % 2 === 0 ? 0 : 9 * gigabyte
      await live(20 * minute, 10 * minute)
    }
    expect((await mails()).length).toBeLessThanOrEqual(policy.mailsPerDay)
    free = 9 * gigabyte
    await live(26 * hour, 2 * hour)
    expect((await subjects()).at(-1)).toBe('Patchferry on build (hello) is well again')
  })

  it('gets nothing where there is none, and nobody else does', async () => {
    policy = { ...policy, address: null }
    free = 0
    await live(hour, 10 * minute)
    expect(await mails()).toEqual([])
  })

  it('hears of the mail server once it takes mail again, and of the truth then', async () => {
    free = 0
    bench.mailer.answer = { outcome: 'deferred', reply: '451 later' }
    await live(4 * hour, 10 * minute)
    expect(await subjects()).toEqual(['Patchferry on build (hello) needs you: free-disk'])
    expect(await badOnes()).toEqual(['free-disk', 'delayed-mails'])

    bench.mailer.answer = { outcome: 'accepted', reply: '250' }
    free = 9 * gigabyte
    await live(3 * hour, 10 * minute)
    expect(await subjects()).toEqual([
      'Patchferry on build (hello) needs you: free-disk',
      'Patchferry on build (hello) is well again',
    ])
    expect(await badOnes()).toEqual([])
  })

  it('is not told twice after a kill whose mail nobody can tell of', async () => {
    free = 0
    await live(5 * minute)
    pass(minute)
    await watchRound(around(), policy, ports())
    const [record] = await mails()
    const { store } = bench.ports
    await store.transaction((tx) =>
      tx.moveOutbox(record?.key ?? '', ['pending'], 'sending', '', bench.now),
    )
    bench.mailer.accepted = null
    await live(day, 2 * hour)
    expect((await mails()).map(({ state }) => state)).toEqual(['unknown', 'handed-over'])
    // The second one tells of the first, and nothing else left.
    expect(bench.mailer.sent).toEqual([(await mails())[1]?.mail.messageId])
    expect((await subjects()).at(-1)).toBe(
      'Patchferry on build (hello) needs you: unknown-outcomes',
    )
  })

  it('is not told again after the store was lost: the journal knows', async () => {
    free = 0
    await live(hour, 10 * minute)
    expect(await all(bench.ports.journal.sent(signal))).toHaveLength(2)
    const fresh = await openTempStore()
    const old = bench.ports.store
    try {
      bench.ports = { ...bench.ports, store: fresh.store }
      await rebuild(bench.ports, () => undefined, signal)
      await live(hour, 10 * minute)
      expect(bench.mailer.sent).toHaveLength(1)
      free = 9 * gigabyte
      await live(hour, 10 * minute)
      expect(await subjects()).toEqual([
        'Patchferry on build (hello) needs you: free-disk',
        'Patchferry on build (hello) is well again',
      ])
    } finally {
      await fresh.close()
      bench.ports = { ...bench.ports, store: old }
    }
  })
})

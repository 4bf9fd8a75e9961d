import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMailReporter } from '../../../src/app/load-templates.ts'
import type { OutboxRecord } from '../../../src/core/records.ts'
import { type Condition, conditionKey } from '../../../src/core/watch/condition.ts'
import type { WatchPolicy } from '../../../src/core/watch/watch-policy.ts'
import { refreshedAt } from '../../../src/flow/publish/refresh-branches.ts'
import { watchConditions } from '../../../src/flow/watch/watch-conditions.ts'
import type { Surroundings, WorkerView } from '../../../src/flow/watch/watch-look.ts'
import { watchRound } from '../../../src/flow/watch/watch-round.ts'
import type { Store } from '../../../src/store/store.ts'
import { noon, sampleOutboxRecord, sampleSha } from '../../store/samples.ts'
import { memoryLogger } from '../../support/memory-log.ts'
import { openTempStore } from '../../support/temp-store.ts'
import { watchPolicy } from '../../support/watch-policy.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const gigabyte = 1024 ** 3
const { reporter } = openMailReporter(null, null)
const bot = { name: 'Patchferry', address: 'patchferry@example.org' }

let store: Store
let close: () => Promise<void>
let now: Date
let free: number | null
let worker: WorkerView | null
let policy: WatchPolicy
beforeEach(async () => {
  ;({ store, close } = await openTempStore())
  now = noon
  free = 8 * gigabyte
  worker = { startedAt: now, sources: [], accounts: [], projects: [] }
  policy = { ...watchPolicy, address: null }
})
afterEach(() => close())

function around(): Surroundings {
  return { freeBytes: free, worker }
}

function pass(ms: number): void {
  now = new Date(now.getTime() + ms)
}

async function round(): Promise<void> {
  await watchRound(around(), policy, {
    store,
    reporter,
    bot,
    installation: { host: 'build', stateDirectory: '/var/lib/patchferry', projects: ['hello'] },
    clock: () => now,
    log: memoryLogger(),
  })
}

async function look(): Promise<readonly Condition[]> {
  return store.read((reader) => watchConditions(reader, around(), policy, now))
}

async function badOnes(): Promise<readonly string[]> {
  return (await look()).filter(({ state }) => state === 'bad').map(conditionKey)
}

async function put(facts: Partial<OutboxRecord>): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.addToOutbox(
      sampleOutboxRecord('report', { createdAt: now, updatedAt: now, note: '', ...facts }),
    )
  })
}

describe('what is watched', () => {
  it('is good where nothing is wrong, and each has its words', async () => {
    const conditions = await look()
    expect(conditions.filter(({ state }) => state === 'bad')).toEqual([])
    expect(conditions.map(({ id }) => id)).toEqual([
      'store',
      'free-disk',
      'oldest-due-job',
      'dead-jobs',
      'failing-jobs',
      'unknown-outcomes',
      'failed-mails',
      'quarantine',
      'held-mails',
      'delayed-mails',
    ])
    expect(conditions.filter(({ message }) => !/^[A-Z0-9].*\.$/.test(message))).toEqual([])
  })

  it.each([
    [gigabyte, []],
    [gigabyte - 1, ['free-disk']],
    [null, ['free-disk']],
  ])('is the free disk: %j bytes', async (bytes, expected) => {
    free = bytes
    expect(await badOnes()).toEqual(expected)
  })

  it.each([
    ['assemble', 30 * minute, []],
    ['assemble', 31 * minute, ['oldest-due-job']],
    ['test', 11 * hour, []],
    ['test', 13 * hour, ['oldest-due-job']],
    ['assemble', -hour, []],
  ] as const)('is a job of kind %s that is due for %i ms', async (kind, dueMs, expected) => {
    await store.transaction((tx) =>
      tx.enqueue(kind, 'a', new Date(now.getTime() + 14 * hour - dueMs)),
    )
    pass(14 * hour)
    expect(await badOnes()).toEqual(expected)
  })

  it('is no job that waited while nobody was there', async () => {
    await store.transaction((tx) => tx.enqueue('assemble', 'a', now))
    pass(day)
    worker = { startedAt: now, sources: [], accounts: [], projects: [] }
    expect(await badOnes()).toEqual([])
  })

  it.each([
    [{ state: 'held', note: 'a limit' }, 2 * day, []],
    [{ state: 'held', note: 'a limit' }, 4 * day, ['held-mails']],
    [{ state: 'held', note: 'dry run: a person releases it' }, 40 * day, []],
    [{ state: 'pending', offeredAt: new Date(0) }, hour, []],
    [{ state: 'pending', offeredAt: new Date(0) }, 3 * hour, ['delayed-mails']],
    [{ state: 'pending', offeredAt: null }, 3 * hour, []],
    [
      { state: 'pending', offeredAt: new Date(0), note: 'MAIL_SMTP_LOGIN_REFUSED: 535' },
      0,
      ['delayed-mails'],
    ],
    [{ state: 'unknown' }, 0, ['unknown-outcomes']],
    [{ state: 'failed' }, 0, ['failed-mails']],
    [{ state: 'seen' }, 40 * day, []],
  ] as const)('is a mail that is %j for %i ms', async (facts, ms, expected) => {
    await put(facts)
    pass(ms)
    expect(await badOnes()).toEqual(expected)
  })

  it('says that the login is refused, where mails wait for that', async () => {
    const refused = 'MAIL_SMTP_LOGIN_REFUSED: mail.example.org does not take the login: 535'
    await put({ state: 'pending', offeredAt: now, note: refused })
    pass(minute)
    const delayed = (await look()).find(({ id }) => id === 'delayed-mails')
    expect(delayed?.message).toBe(
      'The mail server refuses the login. 1 mail is put off, the longest for 1 minute.',
    )
    expect(delayed?.remedy).toContain('write the right password')
  })

  it('is a mail that could not be read, for a week', async () => {
    const blob = sampleSha('broken')
    const where = { blob, position: `1:${blob}`, source: 'devel', location: 'x' }
    const why = { code: 'MAIL_UNREADABLE', message: 'no header', at: now }
    await store.transaction((tx) => tx.addQuarantine({ ...where, ...why }))
    expect(await badOnes()).toEqual(['quarantine'])
    pass(7 * day)
    expect(await badOnes()).toEqual([])
  })

  it('is no mail that somebody has looked at', async () => {
    const [first, second] = [sampleSha('first'), sampleSha('second')]
    const decision = { kind: 'quarantine-seen', mails: [first], reason: 'spam' } as const
    const why = { code: 'MAIL_UNREADABLE', message: 'no header', at: now }
    await store.transaction(async (tx) => {
      for (const blob of [first, second]) {
        const where = { blob, position: `1:${blob}`, source: 'devel', location: 'x' }
        await tx.addQuarantine({ ...where, ...why })
      }
      await tx.addHumanDecision({ at: now, by: 'mina', decision })
    })
    expect((await look()).find(({ id }) => id === 'quarantine')).toMatchObject({
      value: 1,
      state: 'bad',
    })
    const rest = { ...decision, mails: [second] }
    await store.transaction((tx) => tx.addHumanDecision({ at: now, by: 'mina', decision: rest }))
    expect(await badOnes()).toEqual([])
  })

  it('is a job that was given up', async () => {
    await store.transaction((tx) => tx.enqueue('assemble', 'a', now))
    const job = await store.claim(['assemble'], 'worker', now, now)
    await (job && store.fail(job, null, 'it broke'))
    expect(await badOnes()).toEqual(['dead-jobs'])
    expect((await look()).find(({ id }) => id === 'dead-jobs')?.message).toBe(
      '1 job was given up. The first: assemble a: it broke.',
    )
  })

  it.each([
    ['a login is refused', 'FORGE_FORBIDDEN: 401', 1],
    ['it was tried often', 'FORGE_UNREACHABLE: 500', 6],
  ])('is a job that waits since %s', async (_why, error, tries) => {
    await store.transaction((tx) => tx.enqueue('pull', 'a', now))
    for (let n = 1; n <= tries; n += 1) {
      expect(await badOnes()).toEqual([])
      const job = await store.claim(['pull'], 'worker', now, now)
      await (job && store.fail(job, now, error))
    }
    expect(await badOnes()).toEqual(['failing-jobs'])
    expect((await look()).find(({ id }) => id === 'failing-jobs')?.message).toBe(
      `1 job has failed and is to be tried again. The first: pull a: ${error}.`,
    )
  })

  it('is a source that cannot be read, also where each pass of sync begins anew', async () => {
    function failing(): void {
      const source = { name: 'devel', readAt: null, failingSince: now }
      worker = { startedAt: now, sources: [source], accounts: [], projects: [] }
    }
    failing()
    expect(await badOnes()).toEqual([])
    await round()
    for (let one = 0; one < 4; one += 1) {
      pass(10 * minute)
      expect(await badOnes()).toEqual([])
      failing()
      await round()
    }
    pass(31 * minute)
    expect(await badOnes()).toEqual(['source-unread devel'])
  })

  it('is a source that is silent against its habit, judged by when it was read', async () => {
    await store.transaction(async (tx) => {
      for (let one = 0; one < 40; one += 1) {
        await tx.noteArrival('devel', now)
        pass(12 * hour)
      }
    })
    function readAt(at: Date | null): void {
      const source = { name: 'devel', readAt: at, failingSince: null }
      worker = { startedAt: now, sources: [source], accounts: [], projects: [] }
    }
    const before = now
    readAt(before)
    expect(await badOnes()).toEqual([])
    expect((await look()).find(({ id }) => id === 'source-silence')).toMatchObject({
      subject: 'devel',
      value: 12 * 3600,
      message: expect.stringMatching(
        /came 12 hours ago; by its habit \d+ (?:days|hours) would be suspicious/,
      ),
    })
    pass(9 * day)
    readAt(before)
    expect(await badOnes()).toEqual([])
    readAt(now)
    expect(await badOnes()).toEqual(['source-silence devel'])
    await round()
    // Nobody has read it yet in this life: what was known stands.
    readAt(null)
    expect(await badOnes()).toEqual(['source-silence devel'])
    await store.transaction((tx) => tx.noteArrival('devel', now))
    readAt(now)
    expect(await badOnes()).toEqual([])
  })

  it('is the age of the mirror, and what a forge still allows', async () => {
    const at = now
    await store.transaction((tx) => tx.saveCursor('refreshed hello', at.toISOString()))
    expect(await store.read((reader) => refreshedAt('hello', reader))).toEqual(at)
    const account = { name: 'github', remaining: 99, resetAt: new Date(at.getTime() + 2 * hour) }
    worker = { startedAt: at, sources: [], accounts: [account], projects: ['hello'] }
    expect(await badOnes()).toEqual(['rate-limit github'])
    pass(61 * minute)
    expect(await badOnes()).toEqual(['mirror-age hello', 'rate-limit github'])
    pass(hour)
    expect(await badOnes()).toEqual(['mirror-age hello'])
  })

  it('is what the worker found last, for who stands beside it', async () => {
    worker = { startedAt: now, sources: [], accounts: [], projects: ['hello'] }
    pass(2 * hour)
    await round()
    worker = null
    expect(await badOnes()).toEqual(['mirror-age hello'])
  })

  it('is nothing that the operator ignores', async () => {
    free = 0
    await put({ state: 'failed' })
    policy = { ...policy, ignored: ['free-disk', 'source-silence stdin'] }
    expect(await badOnes()).toEqual(['failed-mails'])
  })

  it('has stood since it was first seen', async () => {
    const good = now
    await round()
    pass(10 * minute)
    free = 0
    await round()
    const bad = now
    pass(10 * minute)
    await round()
    const since = new Map((await look()).map((one) => [one.id, one.since]))
    expect(since.get('free-disk')).toEqual(bad)
    expect(since.get('store')).toEqual(good)
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Project, ReportPolicy } from '../../../src/core/project.ts'
import type { OutboxRecord, SeriesRecord } from '../../../src/core/records.ts'
import { defaultReportPolicy } from '../../../src/core/report/default-report-policy.ts'
import { releaseMail } from '../../../src/flow/acts/outbox-acts.ts'
import type { ProjectPorts } from '../../../src/flow/ports.ts'
import { rebuild } from '../../../src/flow/recovery/rebuild.ts'
import { waitingNote } from '../../../src/flow/report/may-leave.ts'
import { optOut } from '../../../src/flow/report/opt-out.ts'
import { sendMail } from '../../../src/flow/report/send-mail.ts'
import { plainForge } from '../../../src/forge/plain/plain-forge.ts'
import {
  id,
  sampleDelivery,
  sampleMail,
  sampleMessage,
  sampleOutboxRecord,
  sampleSeries,
  sampleSeriesRecord,
  sampleTopicId,
} from '../../store/samples.ts'
import { all, type FlowBench, openFlowBench } from '../../support/flow-bench.ts'
import { openTempStore } from '../../support/temp-store.ts'

const { signal } = new AbortController()
const hourMs = 3_600_000

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
})
afterEach(() => bench.close())

/** All that sending asks of a project is its policy, and which lists moved. */
function follow(policy: Partial<ReportPolicy>): void {
  const project = {
    name: 'pump',
    lists: [],
    reports: { ...defaultReportPolicy([]), ...policy },
    listReports: {},
  } as unknown as Project
  const git = { remoteRefs: async () => new Map() }
  bench.ports = {
    ...bench.ports,
    projects: [{ project, git, forge: plainForge('', null) } as unknown as ProjectPorts],
  }
}

async function put(key: string, facts: Partial<OutboxRecord> = {}): Promise<void> {
  const mail = {
    ...sampleMail(id(`report-${key}`)),
    headers: { 'X-Patchferry-List': 'pump-devel' },
  }
  const record = sampleOutboxRecord(key, { createdAt: bench.now, mail, ...facts })
  await bench.ports.store.transaction(async (tx) => {
    await tx.addToOutbox(record)
    await tx.enqueue('send', key, bench.now)
  })
}

/** Runs what is due; gives how many jobs there were. */
async function work(): Promise<number> {
  for (let count = 0; ; count += 1) {
    const until = new Date(bench.now.getTime() + 60_000)
    const job = await bench.ports.store.claim(['send'], 'test', bench.now, until)
    if (job === null) {
      return count
    }
    await sendMail(job, bench.ports, signal)
  }
}

function pass(hours: number): void {
  bench.now = new Date(bench.now.getTime() + hours * hourMs)
}

async function entry(key: string): Promise<OutboxRecord | null> {
  return bench.ports.store.read((reader) => reader.outboxEntry(key))
}

async function rules(): Promise<readonly string[]> {
  const of = { topic: sampleTopicId('topic') }
  const decided = await bench.ports.store.read((reader) => reader.decisions(of))
  return decided.map(({ rule }) => rule)
}

describe('a report in quiet hours', () => {
  const quietHours = { from: 11 * 60, to: 15 * 60, weekends: false, timeZone: 'UTC' }

  it('waits for their end, says so once, and leaves then', async () => {
    follow({ quietHours })
    await put('a')
    await work()
    expect(await entry('a')).toMatchObject({
      state: 'pending',
      note: 'waits until 2026-01-01T15:00:00.000Z: these are quiet hours',
    })
    expect(await all(bench.ports.journal.sent(signal))).toEqual([])

    await bench.ports.store.transaction((tx) => tx.enqueue('send', 'a', bench.now))
    await work()
    expect(await rules()).toEqual(['quiet-hours'])

    pass(3)
    expect(await work()).toBe(1)
    expect(await entry('a')).toMatchObject({ state: 'handed-over' })
  })

  it('leaves at once when a person releases it', async () => {
    follow({ quietHours })
    await put('a')
    await work()

    const act = { reason: '', by: 'mina', mayArriveTwice: false }
    const released = await releaseMail('a', act, bench.ports, signal)

    expect(released).toMatchObject({ outcome: 'done' })
    expect(await work()).toBe(1)
    expect(await entry('a')).toMatchObject({ state: 'handed-over' })
  })

  it('leaves at the next start when the hours were changed, unlike what a server put off', async () => {
    bench.mailer.answer = { outcome: 'deferred', reply: '451 later' }
    follow({})
    await put('put-off', { topic: sampleTopicId('other') })
    await work()
    bench.mailer.answer = { outcome: 'accepted', reply: '250 taken' }
    follow({ quietHours })
    await put('a')
    await work()
    follow({})
    expect(await work()).toBe(0)

    await bench.ports.store.transaction((tx) => tx.hastenMails(waitingNote, bench.now))

    expect(await work()).toBe(1)
    expect(await entry('a')).toMatchObject({ state: 'handed-over' })
    expect(await entry('put-off')).toMatchObject({ state: 'pending' })
  })

  it('is dropped at their end when a newer version has come meanwhile', async () => {
    follow({ quietHours })
    const topic = sampleTopicId('topic')
    function version(number: number): SeriesRecord {
      return sampleSeriesRecord(sampleSeries(id(`v${number}`), { version: number }), { topic })
    }
    await bench.ports.store.transaction((tx) => tx.replaceSeries([], [version(1)]))
    await put('a')
    await work()
    await bench.ports.store.transaction((tx) => tx.replaceSeries([], [version(2)]))

    pass(3)
    await work()

    expect(await entry('a')).toMatchObject({ state: 'dropped' })
    expect(bench.mailer.sent).toEqual([])
  })
})

describe('a report beyond a limit', () => {
  it('waits for a person, who may release it', async () => {
    follow({ limits: { perThread: 2, perDay: 0, beyond: 'hold' } })
    for (const key of ['a', 'b', 'report-c']) {
      await put(key)
    }
    await work()
    expect(bench.mailer.sent).toHaveLength(2)
    expect(await entry('report-c')).toMatchObject({
      state: 'held',
      note: expect.stringContaining('2 mails within a day'),
    })
    expect(await rules()).toContain('limit-per-thread')

    const act = { reason: '', by: 'mina', mayArriveTwice: false }
    const released = await releaseMail('report-c', act, bench.ports, signal)
    expect(released).toMatchObject({ outcome: 'done' })
    await work()
    expect(bench.mailer.sent).toHaveLength(3)
  })

  it('is counted by list over all threads, and not by other lists', async () => {
    follow({ limits: { perThread: 0, perDay: 1, beyond: 'hold' } })
    await put('a', { topic: sampleTopicId('one') })
    await put('b', { topic: sampleTopicId('two'), list: 'pump-users' })
    await put('c', { topic: sampleTopicId('three') })

    await work()

    expect(await entry('b')).toMatchObject({ state: 'handed-over' })
    expect(await entry('c')).toMatchObject({ state: 'held' })
  })

  it('leaves once the others are a day old', async () => {
    follow({ limits: { perThread: 1, perDay: 0, beyond: 'hold' } })
    await put('a')
    await work()
    pass(24)
    await put('b')

    await work()

    expect(bench.mailer.sent).toHaveLength(2)
  })

  it('is counted by what the journal says, after the store was lost', async () => {
    follow({ limits: { perThread: 1, perDay: 0, beyond: 'hold' } })
    await put('a')
    await work()
    const fresh = await openTempStore()
    const before = bench.ports
    try {
      bench.ports = { ...before, store: fresh.store }
      await rebuild(bench.ports, () => undefined, signal)
      expect(await entry('a')).toMatchObject({ list: 'pump-devel', offeredAt: bench.now })
      await put('b')

      await work()

      expect(await entry('b')).toMatchObject({ state: 'held' })
    } finally {
      bench.ports = before
      await fresh.close()
    }
  })

  it('waits where it was offered before, as the journal says that it is being sent', async () => {
    follow({ limits: { perThread: 1, perDay: 0, beyond: 'hold' } })
    bench.mailer.answer = { outcome: 'deferred', reply: '451 later' }
    await put('a')
    await work()
    bench.mailer.answer = { outcome: 'accepted', reply: '250 taken' }
    await put('b', { offeredAt: bench.now, state: 'handed-over' })

    pass(1)
    await work()
    expect(await entry('a')).toMatchObject({ state: 'pending' })

    pass(23)
    await work()
    expect(await entry('a')).toMatchObject({ state: 'handed-over' })
  })
})

describe('a report about what is old', () => {
  async function arrive(): Promise<void> {
    const topic = sampleTopicId('topic')
    const series = sampleSeries(id('v1'))
    const [first] = series.patches
    const messageId = first?.messageId ?? series.anchor
    const delivery = sampleDelivery(messageId, { arrivedAt: bench.now })
    await bench.ports.store.transaction(async (tx) => {
      await tx.addMessage(sampleMessage(messageId), delivery)
      await tx.replaceSeries([], [sampleSeriesRecord(series, { topic })])
    })
  }

  it('is not sent, and why is said', async () => {
    follow({})
    await arrive()
    pass(15 * 24)
    await put('a')

    await work()

    expect(await entry('a')).toMatchObject({
      state: 'dropped',
      note: 'not sent: it came too late to be of use: the version is 15 days old',
    })
    expect(await rules()).toEqual(['stale'])
    expect(bench.mailer.sent).toEqual([])
  })

  it('is sent when a person acted on it since', async () => {
    follow({})
    await arrive()
    pass(15 * 24)
    await bench.ports.store.transaction((tx) =>
      tx.addDecision({
        at: bench.now,
        messageId: null,
        topic: sampleTopicId('topic'),
        version: '1',
        step: 'person',
        rule: 'retest',
        inputs: {},
        result: 'version 1 is tested again',
      }),
    )
    await put('a')

    await work()

    expect(await entry('a')).toMatchObject({ state: 'handed-over' })
  })
})

describe('a report whose reader opted out while it waited', () => {
  const quietHours = { from: 11 * 60, to: 15 * 60, weekends: false, timeZone: 'UTC' }

  it('is sent without them', async () => {
    follow({ quietHours })
    await put('a')
    await work()
    const [reader, ...others] = (await entry('a'))?.mail.to ?? []
    const cc = { name: '', address: 'bob@example.org' }
    await put('b', { mail: { ...sampleMail(id('report-b')), cc: [cc] } })
    await optOut(reader?.address ?? '', 'opt-out', 'mina', bench.ports, signal)
    expect(others).toEqual([])

    pass(3)
    await work()

    expect(await entry('a')).toMatchObject({ state: 'dropped' })
    expect(await rules()).toContain('opted-out')
    expect(bench.mailer.sent).toHaveLength(1)
    const intents = await all(bench.ports.journal.sent(signal))
    expect(intents[0]?.mail).toMatchObject({ to: [cc], cc: [] })
    expect(await entry('b')).toMatchObject({ state: 'handed-over', mail: { to: [cc], cc: [] } })
  })
})

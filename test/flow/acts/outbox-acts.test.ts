import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OutboxState } from '../../../src/core/records.ts'
import { dropMail, findOutgoing, releaseMail } from '../../../src/flow/acts/outbox-acts.ts'
import { rebuild } from '../../../src/flow/recovery/rebuild.ts'
import { sentEntry } from '../../../src/flow/report/sent-record.ts'
import { sampleOutboxRecord } from '../../store/samples.ts'
import { all, type FlowBench, openFlowBench } from '../../support/flow-bench.ts'

const { signal } = new AbortController()
const key = 'report-failure-v1-0123456789ab-aabbccddeeff'

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
})
afterEach(() => bench.close())

async function put(state: OutboxState, name = key): Promise<void> {
  await bench.ports.store.transaction((tx) => tx.addToOutbox(sampleOutboxRecord(name, { state })))
}

async function stateOf(ports = bench.ports): Promise<OutboxState | undefined> {
  return (await ports.store.read((reader) => reader.outboxEntry(key)))?.state
}

async function isDue(): Promise<boolean> {
  const until = new Date(bench.now.getTime() + 60_000)
  return (await bench.ports.store.claim(['send'], 'test', bench.now, until)) !== null
}

const act = { reason: 'looked at it', by: 'mina' }

describe('releaseMail', () => {
  it.each<[OutboxState, boolean, 'done' | 'refused', RegExp]>([
    ['held', false, 'done', /is sent by serve, or by the next sync/],
    ['failed', false, 'done', /is sent by serve, or by the next sync/],
    ['unknown', true, 'done', /is sent by serve, or by the next sync/],
    ['unknown', false, 'refused', /may arrive twice.*--may-arrive-twice/],
    ['handed-over', true, 'refused', /sent already/],
    ['seen', true, 'refused', /seen on the list/],
    ['sending', true, 'refused', /being sent just now/],
    ['pending', false, 'done', /is sent by serve, or by the next sync/],
    ['dropped', true, 'refused', /was dropped/],
  ])('of a mail that is %s, agreed to twice: %s', async (state, mayArriveTwice, outcome, says) => {
    await put(state)

    const result = await releaseMail(key, { ...act, mayArriveTwice }, bench.ports, signal)

    expect(result).toEqual({ outcome, message: expect.stringMatching(says) })
    expect(await stateOf()).toBe(outcome === 'done' ? 'pending' : state)
    expect(await isDue()).toBe(outcome === 'done')
    expect(await all(bench.ports.journal.decisions(signal))).toEqual(
      outcome === 'done'
        ? [{ at: bench.now, by: 'mina', decision: { kind: 'release', key, reason: act.reason } }]
        : [],
    )
  })
})

describe('dropMail', () => {
  it.each<[OutboxState, 'done' | 'refused']>([
    ['held', 'done'],
    ['failed', 'done'],
    ['unknown', 'done'],
    ['pending', 'done'],
    ['sending', 'refused'],
    ['handed-over', 'refused'],
    ['seen', 'refused'],
  ])('of a mail that is %s is %s', async (state, outcome) => {
    await put(state)

    expect(await dropMail(key, act, bench.ports, signal)).toMatchObject({ outcome })

    expect(await stateOf()).toBe(outcome === 'done' ? 'dropped' : state)
    expect(await all(bench.ports.journal.decisions(signal))).toHaveLength(
      outcome === 'done' ? 1 : 0,
    )
  })

  it('refuses what is not there', async () => {
    expect(await dropMail('gone', act, bench.ports, signal)).toMatchObject({ outcome: 'refused' })
  })
})

describe('findOutgoing', () => {
  it.each([
    ['its key', key],
    ['its Message-ID', `<${sampleOutboxRecord(key).mail.messageId}>`],
    ['the end of its key', 'ccddeeff'],
  ])('knows a mail by %s', async (_, id) => {
    await put('held')

    const found = await bench.ports.store.read((reader) => findOutgoing(id, reader))

    expect(found).toMatchObject({ outcome: 'found', record: { key } })
  })

  it.each([
    ['too short an end', 'deeff'],
    ['an end with wildcards', '%%%%%%'],
    ['an end that no key has', '999999999999'],
  ])('finds nothing by %s', async (_, id) => {
    await put('held')

    expect(await bench.ports.store.read((reader) => findOutgoing(id, reader))).toEqual({
      outcome: 'unknown',
    })
  })

  it('does not choose where several keys end so', async () => {
    await put('held')
    await put('held', `other-${key}`)

    expect(await bench.ports.store.read((reader) => findOutgoing('ccddeeff', reader))).toEqual({
      outcome: 'ambiguous',
      keys: [key, `other-${key}`],
    })
  })
})

describe('a rebuilt store', () => {
  it('sends on what was put off, and does not wonder about it', async () => {
    const record = sampleOutboxRecord(key)
    for (const event of ['intended', 'deferred'] as const) {
      await bench.ports.journal.recordSent(sentEntry(record, event, '', bench.now), signal)
    }

    await rebuild(bench.ports, () => undefined, signal)

    expect(await stateOf()).toBe('pending')
    expect(await isDue()).toBe(true)
  })

  it.each<['unknown' | 'rejected', 'release' | 'drop', OutboxState]>([
    ['unknown', 'release', 'pending'],
    ['unknown', 'drop', 'dropped'],
    ['rejected', 'release', 'pending'],
    ['rejected', 'drop', 'dropped'],
  ])('knows of a mail that was %s what a person said: %s', async (event, kind, expected) => {
    const record = sampleOutboxRecord(key)
    await bench.ports.journal.recordSent(sentEntry(record, 'intended', '', bench.now), signal)
    await bench.ports.journal.recordSent(sentEntry(record, event, '', bench.now), signal)
    const decision = { kind, key, reason: '' } as const
    await bench.ports.journal.recordDecision({ at: bench.now, by: 'mina', decision }, signal)

    await rebuild(bench.ports, () => undefined, signal)

    expect(await stateOf()).toBe(expected)
    expect(await isDue()).toBe(expected === 'pending')
  })
})

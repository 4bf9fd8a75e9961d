import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BotError } from '../../../src/core/bot-error.ts'
import type { OutboxRecord, OutboxState } from '../../../src/core/records.ts'
import { dropMail } from '../../../src/flow/acts/outbox-acts.ts'
import { sendMail } from '../../../src/flow/report/send-mail.ts'
import type { Job } from '../../../src/store/store.ts'
import {
  id,
  sampleDelivery,
  sampleMessage,
  sampleOutboxRecord,
  sampleSeries,
  sampleSeriesRecord,
} from '../../store/samples.ts'
import { all, type FlowBench, openFlowBench } from '../../support/flow-bench.ts'

const { signal } = new AbortController()
const key = 'report-failure-v1'
const messageId = sampleOutboxRecord(key).mail.messageId

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
})
afterEach(() => bench.close())

async function put(state: OutboxState, change: Partial<OutboxRecord> = {}): Promise<void> {
  await bench.ports.store.transaction(async (tx) => {
    await tx.addToOutbox(sampleOutboxRecord(key, { state, updatedAt: bench.now, ...change }))
    await tx.enqueue('send', key, bench.now)
  })
}

async function claim(): Promise<Job | null> {
  return bench.ports.store.claim(
    ['send'],
    'test',
    bench.now,
    new Date(bench.now.getTime() + 60_000),
  )
}

async function run(): Promise<void> {
  const job = await claim()
  if (job === null) {
    throw new TypeError('no job is due')
  }
  await sendMail(job, bench.ports, signal)
}

async function state(): Promise<OutboxState | undefined> {
  return (await bench.ports.store.read((reader) => reader.outboxEntry(key)))?.state
}

async function events(): Promise<readonly string[]> {
  return (await all(bench.ports.journal.sent(signal))).map(({ event }) => event)
}

describe('sendMail', () => {
  it('writes the intent to the journal before the dialogue, and the end after it', async () => {
    await put('pending')

    await run()

    expect(bench.mailer.sent).toEqual([messageId])
    expect(await events()).toEqual(['intended', 'handed-over'])
    expect(await state()).toBe('handed-over')
    expect(await claim()).toBeNull()
  })

  it.each<[string, boolean | null, OutboxState, number]>([
    ['was taken', true, 'handed-over', 0],
    ['was not taken', false, 'handed-over', 1],
    ['may have been taken, nobody can tell', null, 'unknown', 0],
  ])('after a kill in the dialogue, when the mail %s', async (_, accepted, expected, sends) => {
    await put('sending')
    bench.mailer.accepted = accepted

    await run()

    expect(bench.mailer.sent).toHaveLength(sends)
    expect(await state()).toBe(expected)
  })

  it('waits an hour for a recipient who is put off, then sends to the others', async () => {
    await put('pending', { createdAt: bench.now })
    const { mailer } = bench
    bench.ports = {
      ...bench.ports,
      mailer: {
        ...mailer,
        sendToAll: async () => ({ outcome: 'deferred', reply: 'ada@example.org: 450 later' }),
      },
    }
    const states: (OutboxState | undefined)[] = []
    for (const minutes of [0, 30, 50, 61]) {
      bench.now = new Date(Date.UTC(2026, 0, 1, 12, minutes))
      await run()
      states.push(await state())
    }

    expect(states).toEqual(['pending', 'pending', 'pending', 'handed-over'])
    expect(mailer.sent).toEqual([messageId])
  })

  it('tries again, ever more rarely, while the mail is deferred', async () => {
    await put('pending')
    bench.mailer.answer = { outcome: 'deferred', reply: '451 later' }

    await run()
    expect(await state()).toBe('pending')
    expect(await claim()).toBeNull()
    bench.now = new Date(bench.now.getTime() + 60_000)
    await run()
    bench.now = new Date(bench.now.getTime() + 60_000)
    expect(await claim()).toBeNull()
    bench.now = new Date(bench.now.getTime() + 60_000)
    bench.mailer.answer = { outcome: 'accepted', reply: '250' }
    await run()

    expect(bench.mailer.sent).toHaveLength(3)
    expect(await state()).toBe('handed-over')
  })

  it('never tries again what was refused for good', async () => {
    await put('pending')
    bench.mailer.answer = { outcome: 'rejected', reply: '550 no' }

    await run()

    expect(await state()).toBe('failed')
    expect(await events()).toEqual(['intended', 'rejected'])
    expect(await claim()).toBeNull()
  })

  it.each<OutboxState>(['held', 'dropped', 'handed-over', 'seen', 'unknown', 'failed'])(
    'leaves a mail alone that is %s',
    async (given) => {
      await put(given)

      await run()

      expect(bench.mailer.sent).toEqual([])
      expect(await state()).toBe(given)
    },
  )

  it('does nothing for a mail that is not there', async () => {
    await bench.ports.store.transaction((tx) => tx.enqueue('send', id('gone'), bench.now))

    await run()

    expect(bench.mailer.sent).toEqual([])
  })

  describe('when a newer version is complete', () => {
    beforeEach(async () => {
      const series = sampleSeries(id('second'), { version: 2 })
      const { topic } = sampleOutboxRecord(key)
      await bench.ports.store.transaction((tx) =>
        tx.replaceSeries([], [sampleSeriesRecord(series, topic === null ? {} : { topic })]),
      )
    })

    it.each<OutboxState>(['pending', 'sending'])(
      'drops a mail that is %s, and says so',
      async (given) => {
        await put(given)
        bench.mailer.accepted = false

        await run()

        expect(bench.mailer.sent).toEqual([])
        expect(await bench.ports.store.read((reader) => reader.outboxEntry(key))).toMatchObject({
          state: 'dropped',
          note: 'nobody is told of version 1: version 2 is here, and complete',
        })
        expect(await all(bench.ports.journal.decisions(signal))).toMatchObject([
          { by: 'patchferry', decision: { kind: 'drop', key } },
        ])
      },
    )

    it('sends what a person released all the same', async () => {
      await put('pending')
      const decision = { kind: 'release', key, reason: '' } as const
      await bench.ports.store.transaction((tx) =>
        tx.addHumanDecision({ at: bench.now, by: 'mina', decision }),
      )

      await run()

      expect(bench.mailer.sent).toEqual([messageId])
      expect(await state()).toBe('handed-over')
    })
  })

  it.each<['hold' | 'resend', OutboxState, number]>([
    ['hold', 'unknown', 0],
    ['resend', 'handed-over', 1],
  ])('looks for an unknown mail until the deadline, then does %s', async (way, end, sends) => {
    bench.ports = { ...bench.ports, sending: { ...bench.ports.sending, ifUnknown: way } }
    await put('sending')

    await run()
    expect(await state()).toBe('unknown')
    expect(await claim()).toBeNull()
    bench.now = new Date(bench.now.getTime() + bench.ports.sending.lookForMs)
    await run()

    expect(await state()).toBe(end)
    expect(bench.mailer.sent).toEqual(Array.from({ length: sends }, () => messageId))
    expect(await claim()).toBeNull()
  })

  describe('under `resend`, after the time in which it is looked for', () => {
    beforeEach(async () => {
      const sending = { ...bench.ports.sending, ifUnknown: 'resend' } as const
      bench.ports = { ...bench.ports, sending }
      await put('unknown')
      bench.now = new Date(bench.now.getTime() + sending.lookForMs)
    })

    it.each<[string, number | null]>([
      ['no source was read since the start', null],
      ['a source was last read before the end of that time', -1],
    ])('waits while %s', async (_, offsetMs) => {
      const readUntil = offsetMs === null ? null : new Date(bench.now.getTime() + offsetMs)
      bench.ports = { ...bench.ports, sourcesReadUntil: () => readUntil }

      await run()
      expect(await state()).toBe('unknown')
      expect(await claim()).toBeNull()

      const { now } = bench
      bench.ports = { ...bench.ports, sourcesReadUntil: () => now }
      bench.now = new Date(now.getTime() + 60_000)
      await run()
      expect(await state()).toBe('handed-over')
      expect(bench.mailer.sent).toEqual([messageId])
    })

    it.each<[string, OutboxState]>([
      ['patchferry@example.org', 'seen'],
      ['somebody@example.org', 'handed-over'],
    ])('has a look whether it arrived already, from %s', async (address, expected) => {
      const message = sampleMessage(messageId, { from: { name: '', address } })
      await bench.ports.store.transaction((tx) =>
        tx.addMessage(message, sampleDelivery(messageId)).then(() => undefined),
      )

      await run()

      expect(await state()).toBe(expected)
      expect((await events()).at(-1)).toBe(expected)
    })
  })

  it('reads the journal no further back than to the mail that was being sent', async () => {
    await put('sending')
    const { mail, kind, project, topic, version, head } = sampleOutboxRecord(key)
    const facts = { at: bench.now, messageId, kind, project, topic, version, head, note: '' }
    const { journal } = bench.ports
    await journal.recordSent({ ...facts, key, event: 'deferred', mail: null }, signal)
    await journal.recordSent({ ...facts, key, event: 'intended', mail }, signal)
    await journal.recordSent({ ...facts, key: 'other', event: 'handed-over', mail: null }, signal)

    await run()

    expect(await state()).toBe('unknown')
    expect(bench.mailer.sent).toEqual([])
  })

  it('offers again what the journal calls put off', async () => {
    await put('sending')
    const { kind, project, topic, version, head } = sampleOutboxRecord(key)
    const facts = { at: bench.now, key, messageId, kind, project, topic, version, head }
    const event = 'deferred' as const
    await bench.ports.journal.recordSent({ ...facts, event, mail: null, note: '451' }, signal)

    await run()

    expect(await state()).toBe('handed-over')
    expect(bench.mailer.sent).toEqual([messageId])
  })

  it('sends nothing that a person dropped in the meantime', async () => {
    await put('pending')
    const { journal } = bench.ports
    bench.ports = {
      ...bench.ports,
      journal: {
        ...journal,
        async recordSent(entry, stop) {
          await journal.recordSent(entry, stop)
          if (entry.event === 'intended') {
            await dropMail(key, { reason: '', by: 'mina' }, bench.ports, stop)
          }
        },
      },
    }

    await run()

    expect(bench.mailer.sent).toEqual([])
    expect(await state()).toBe('dropped')
    expect(await claim()).toBeNull()
  })

  it('never gives up while the trouble is our own', async () => {
    await put('pending')
    const full = new BotError('MAIL_MAILDIR_FULL', 'full', { retry: 'later' })
    bench.mailer.send = () => Promise.reject(full)
    bench.now = new Date(bench.now.getTime() + 2 * bench.ports.sending.retryForMs)

    for (let tries = 0; tries < 7; tries += 1) {
      bench.now = new Date(bench.now.getTime() + 3_600_000)
      await run()
    }

    expect(await state()).toBe('pending')
  })

  it.each<['handed-over' | 'rejected' | 'seen' | 'unknown', OutboxState]>([
    ['handed-over', 'handed-over'],
    ['rejected', 'failed'],
    ['seen', 'seen'],
    ['unknown', 'unknown'],
  ])('never offers again what the journal calls %s', async (event, expected) => {
    await put('sending')
    const { kind, project, topic, version, head } = sampleOutboxRecord(key)
    const facts = { at: bench.now, key, messageId, kind, project, topic, version, head }
    await bench.ports.journal.recordSent({ ...facts, event, mail: null, note: '250' }, signal)
    bench.mailer.accepted = false

    await run()

    expect(await state()).toBe(expected)
    expect(bench.mailer.sent).toEqual([])
  })

  it('gives up what was put off for too long, and shows it', async () => {
    await put('pending')
    bench.mailer.answer = { outcome: 'deferred', reply: '451 later' }
    let tries = 0
    bench.now = new Date(bench.now.getTime() + bench.ports.sending.retryForMs)

    while ((await state()) !== 'failed') {
      bench.now = new Date(bench.now.getTime() + 3_600_000)
      await run()
      tries += 1
    }

    expect(tries).toBe(5)
    expect((await events()).at(-1)).toBe('rejected')
    expect(await claim()).toBeNull()
  })

  it.each<[string, Error, OutboxState]>([
    ['a fault that nobody foresaw', new TypeError('broken'), 'pending'],
    ['one that passes', new BotError('MAIL_MAILDIR_FULL', 'full', { retry: 'later' }), 'pending'],
    [
      'one that needs a person',
      new BotError('MAIL_ADDRESS_UNUSABLE', 'no address', { retry: 'after-human' }),
      'failed',
    ],
  ])('does not leave a mail as being sent after %s', async (_, fault, expected) => {
    await put('pending')
    bench.mailer.send = () => Promise.reject(fault)

    await run()

    expect(await state()).toBe(expected)
  })

  it('takes a mail for not sent when it is stopped in the dialogue', async () => {
    await put('pending')
    const stopping = new AbortController()
    bench.mailer.send = () => {
      stopping.abort(new Error('stopped'))
      return Promise.reject(new Error('stopped'))
    }
    const job = await claim()

    await expect(job && sendMail(job, bench.ports, stopping.signal)).rejects.toThrow('stopped')

    expect(await state()).toBe('pending')
  })
})

import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toMessageId } from '../../../src/core/ids.ts'
import type { OutboxRecord } from '../../../src/core/records.ts'
import { reportMessageId } from '../../../src/core/report/outgoing-id.ts'
import { takeMails } from '../../../src/flow/intake/take-mail.ts'
import { rebuild } from '../../../src/flow/recovery/rebuild.ts'
import { optOut } from '../../../src/flow/report/opt-out.ts'
import { silenced } from '../../../src/flow/report/silence.ts'
import { runDueJobs } from '../../../src/flow/run-jobs.ts'
import { sampleMail, sampleOutboxRecord } from '../../store/samples.ts'
import { deliveryOf } from '../../support/delivery-of.ts'
import { all, type FlowBench, openFlowBench } from '../../support/flow-bench.ts'
import { openTempStore } from '../../support/temp-store.ts'

const { signal } = new AbortController()
const day = 86_400_000
const placeholder = 'bot+b-0123456789abcdef0123aaaaaaaaaaaaaaaa@ci.example'

let bench: FlowBench
let count = 0
beforeEach(async () => {
  count = 0
  bench = await openFlowBench()
})
afterEach(() => bench.close())

/** A report that went to Ada, the list and Carol. */
async function sent(key: string): Promise<OutboxRecord> {
  const mail = {
    ...sampleMail(reportMessageId(key, 'example.org')),
    to: [{ name: 'Ada', address: 'Gone@ada.example' }],
    cc: [
      { name: '', address: 'frob-devel@lists.example' },
      { name: '', address: 'full@carol.example' },
      { name: '', address: 'slow@bob.example' },
    ],
  }
  const record = sampleOutboxRecord(key, { mail, state: 'handed-over' })
  await bench.ports.store.transaction((tx) => tx.addToOutbox(record))
  return record
}

/** Takes one of Postfix's bounces, as if it came to this address, and does what follows. */
async function arrives(name: 'failed' | 'delayed' | 'relayed', address: string): Promise<void> {
  count += 1
  const file = new URL(`../../fixtures/bounce/postfix-${name}.eml`, import.meta.url)
  const raw = readFileSync(file, 'utf8')
    .replaceAll(placeholder, address)
    .replace(/^Message-Id: .*$/m, `Message-ID: <bounce-${count}@mx.ci.example>`)
  await takeMails([deliveryOf(raw)], bench.ports, async () => undefined, signal)
  await work()
}

async function work(): Promise<void> {
  await runDueJobs(['bounce'], 'test', bench.ports, signal, signal)
}

function addressOf(record: OutboxRecord): string {
  return bench.ports.returnPaths.of(record.mail.messageId)
}

async function bounced(): Promise<readonly string[]> {
  const found = await bench.ports.store.read((reader) => reader.humanDecisions('bounce'))
  return found.map(
    ({ decision }) =>
      `${decision.key} ${decision.address} ${decision.status} ${decision.isPermanent ? 'for good' : 'for now'}`,
  )
}

async function silent(): Promise<readonly string[]> {
  const found = await bench.ports.store.read((reader) => silenced(reader, bench.now))
  return found.map(({ address }) => address)
}

async function explained(): Promise<readonly string[]> {
  const messageId = toMessageId(`bounce-${count}@mx.ci.example`)
  const found = await bench.ports.store.read((reader) => reader.decisions({ messageId }))
  return found.map(({ result }) => result)
}

describe('a bounce', () => {
  it('of a report is remembered, in the journal too, and shown with the topic', async () => {
    const record = await sent('r1')

    await arrives('failed', addressOf(record))

    expect(await bounced()).toEqual([
      'r1 gone@ada.example 5.1.1 for good',
      'r1 full@carol.example 5.2.2 for now',
    ])
    const journal = await all(bench.ports.journal.decisions(signal))
    expect(journal.map(({ decision }) => decision.kind)).toEqual(['bounce', 'bounce'])
    const topic = record.topic
    const said = await bench.ports.store.read((reader) =>
      topic === null ? Promise.resolve([]) : reader.decisions({ topic }),
    )
    expect(said.map(({ rule, result }) => `${rule}: ${result}`)).toEqual([
      expect.stringMatching(/^bounced: the report did not reach gone@ada\.example: 550 5\.1\.1 /),
      expect.stringMatching(/^bounced-for-now: .*full@carol\.example: 552 5\.2\.2 Mailbox full$/),
    ])
    expect(await explained()).toEqual([
      'of report r1: failed for gone@ada.example, failed for full@carol.example',
    ])
  })

  it.each(['delayed', 'relayed'] as const)(
    'that says %s is told and counts nothing',
    async (name) => {
      const record = await sent('r1')

      await arrives(name, addressOf(record))

      expect(await bounced()).toEqual([])
      expect(await explained()).toEqual([
        name === 'delayed'
          ? 'of report r1: delayed for slow@bob.example'
          : 'of report r1: delivered for frob-devel@lists.example',
      ])
    },
  )

  it('that somebody made up does nothing', async () => {
    const record = await sent('r1')
    const address = addressOf(record)

    for (const forged of [
      'patchferry@example.org',
      address.replace(/.{4}@/, 'beef@'),
      placeholder,
      bench.ports.returnPaths.of(reportMessageId('never sent', 'example.org')),
    ]) {
      await arrives('failed', forged)
      expect(await explained()).toEqual([
        'it was not sent to the address of a mail of ours: nothing follows from it',
      ])
    }
    expect(await bounced()).toEqual([])
    expect(await all(bench.ports.journal.decisions(signal))).toEqual([])
  })

  it('for somebody whom that report did not go to counts nothing', async () => {
    const mail = { ...sampleMail(reportMessageId('r1', 'example.org')), cc: [] }
    const two = [...mail.to, { name: '', address: 'bob@bob.example' }]
    const record = sampleOutboxRecord('r1', { mail: { ...mail, to: two } })
    await bench.ports.store.transaction((tx) => tx.addToOutbox(record))

    await arrives('failed', addressOf(record))

    expect(await bounced()).toEqual([])
    expect(await explained()).toEqual([
      'of report r1: gone@ada.example is nobody whom we wrote to, full@carol.example is nobody whom we wrote to',
    ])
  })

  it('counts once, however often it is told', async () => {
    const record = await sent('r1')

    await arrives('failed', addressOf(record))
    await arrives('failed', addressOf(record))

    expect(await bounced()).toHaveLength(2)
    expect(await all(bench.ports.journal.decisions(signal))).toHaveLength(2)
  })
})

describe('an address that the server refuses in the dialogue', () => {
  async function refuse(key: string, reply: string, isTemporary: boolean): Promise<void> {
    const { mail } = await sent(key)
    await bench.ports.store.transaction(async (tx) => {
      await tx.addToOutbox(sampleOutboxRecord(`again-${key}`, { mail }))
      await tx.enqueue('send', `again-${key}`, bench.now)
    })
    bench.mailer.answer = {
      outcome: 'partly',
      reply: '250 taken',
      refused: [{ address: 'gone@ada.example', reply, isTemporary }],
    }
    await runDueJobs(['send'], 'test', bench.ports, signal, signal)
  }

  it('for good counts as a bounce, while the others get theirs', async () => {
    for (const key of ['r1', 'r2', 'r3']) {
      await refuse(key, '550 5.1.1 unknown user', false)
    }

    expect(await bounced()).toEqual(
      ['r1', 'r2', 'r3'].map((key) => `again-${key} gone@ada.example 5.1.1 for good`),
    )
    expect(await silent()).toEqual(['gone@ada.example'])
    const counts = await bench.ports.store.read((reader) => reader.outboxCounts())
    expect(counts).toEqual({ 'handed-over': 6 })
  })

  it('for now counts nothing', async () => {
    await refuse('r1', '451 4.7.1 greylisted', true)

    expect(await bounced()).toEqual([])
  })
})

describe('an address that bounces', () => {
  async function bounces(keys: readonly string[], everyMs = day): Promise<void> {
    for (const key of keys) {
      await arrives('failed', addressOf(await sent(key)))
      bench.now = new Date(bench.now.getTime() + everyMs)
    }
  }

  it('three times in a month is silenced, the others are not', async () => {
    await bounces(['r1', 'r2'])
    expect(await silent()).toEqual([])

    await bounces(['r3'])
    expect(await silent()).toEqual(['gone@ada.example'])

    await bounces(['r4'])
    const decisions = await all(bench.ports.journal.decisions(signal))
    expect(decisions.filter(({ decision }) => decision.kind === 'silence')).toHaveLength(1)
  })

  it('three times in a longer time is not', async () => {
    await bounces(['r1', 'r2', 'r3', 'r4'], 16 * day)

    expect(await silent()).toEqual([])
  })

  it('is tried again after a time', async () => {
    await bounces(['r1', 'r2', 'r3'])

    bench.now = new Date(bench.now.getTime() + 90 * day)
    expect(await silent()).toEqual([])
  })

  it('is tried again when a person says so, and silenced again when it still bounces', async () => {
    await bounces(['r1', 'r2', 'r3'])

    const result = await optOut('Gone@ada.example', 'opt-out-undone', 'Bo', bench.ports, signal)

    expect(result.outcome).toBe('done')
    expect(await silent()).toEqual([])
    expect(
      (await optOut('gone@ada.example', 'opt-out-undone', 'Bo', bench.ports, signal)).outcome,
    ).toBe('refused')
    bench.now = new Date(bench.now.getTime() + day)
    await bounces(['r4', 'r5'])
    expect(await silent()).toEqual([])
    await bounces(['r6'])
    expect(await silent()).toEqual(['gone@ada.example'])
  })

  it('is silenced still after a rebuild, which counts no bounce twice', async () => {
    await bounces(['r1', 'r2', 'r3'])
    const before = await bounced()
    const empty = await openTempStore()
    bench.ports = { ...bench.ports, store: empty.store }

    await rebuild(bench.ports, () => undefined, signal)
    await work()

    expect(await bounced()).toEqual(before)
    expect(await silent()).toEqual(['gone@ada.example'])
    await empty.close()
  })
})

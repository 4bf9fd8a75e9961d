import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OutboxState } from '../../../src/core/records.ts'
import { catchUp } from '../../../src/flow/recovery/catch-up.ts'
import { rebuild } from '../../../src/flow/recovery/rebuild.ts'
import { sendMail } from '../../../src/flow/report/send-mail.ts'
import { id, sampleMail, sampleOutboxRecord } from '../../store/samples.ts'
import { type FlowBench, openFlowBench } from '../../support/flow-bench.ts'
import { openTempStore } from '../../support/temp-store.ts'

const { signal } = new AbortController()

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
})
afterEach(() => bench.close())

/** Puts the report in the outbox, as it is found again, and does what is due. */
async function report(): Promise<void> {
  await bench.ports.store.transaction(async (tx) => {
    const mail = sampleMail(id('report'))
    await tx.addToOutbox(sampleOutboxRecord('report', { mail, createdAt: bench.now }))
    await tx.enqueue('send', 'report', bench.now)
  })
  const until = new Date(bench.now.getTime() + 60_000)
  const job = await bench.ports.store.claim(['send'], 'test', bench.now, until)
  if (job !== null) {
    await sendMail(job, bench.ports, signal)
  }
}

async function state(): Promise<OutboxState | undefined> {
  return (await bench.ports.store.read((reader) => reader.outboxEntry('report')))?.state
}

it('sends a mail to the operator that was written after a restore', async () => {
  await catchUp(bench.now, bench.ports, signal)
  bench.now = new Date(bench.now.getTime() + 1_000)
  await bench.ports.store.transaction(async (tx) => {
    const mail = { ...sampleMail(id('notice')), date: bench.now }
    const facts = { kind: 'operator', topic: null, version: null, mail } as const
    await tx.addToOutbox(sampleOutboxRecord('report', facts))
    await tx.enqueue('send', 'report', bench.now)
  })
  const until = new Date(bench.now.getTime() + 60_000)
  const job = await bench.ports.store.claim(['send'], 'test', bench.now, until)
  await (job && sendMail(job, bench.ports, signal))
  expect(await state()).toBe('handed-over')
})

describe('a report that may have left before a restore', () => {
  it.each<readonly [OutboxState, string, boolean]>([
    ['unknown', 'nobody can tell', false],
    ['handed-over', 'it is where it was delivered', true],
  ])('is %s where %s, and is so still for a rebuilt store', async (expected, _, isThere) => {
    await catchUp(bench.now, bench.ports, signal)
    bench.now = new Date(bench.now.getTime() + 1_000)
    bench.mailer.accepted = isThere ? true : null
    await report()
    expect(await state()).toBe(expected)

    const before = bench.ports
    const fresh = await openTempStore()
    try {
      bench.ports = { ...before, store: fresh.store }
      bench.mailer.accepted = null
      await rebuild(bench.ports, () => undefined, signal)
      await report()
      expect(await state()).toBe(expected)
      expect(bench.mailer.sent).toEqual([])
    } finally {
      bench.ports = before
      await fresh.close()
    }
  })
})

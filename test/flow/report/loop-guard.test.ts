import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toMessageId } from '../../../src/core/ids.ts'
import { reportMessageId } from '../../../src/core/report/outgoing-id.ts'
import { takeMails } from '../../../src/flow/intake/take-mail.ts'
import { loopSign } from '../../../src/flow/report/loop-guard.ts'
import { sampleMail, sampleOutboxRecord } from '../../store/samples.ts'
import { deliveryOf } from '../../support/delivery-of.ts'
import { type FlowBench, openFlowBench } from '../../support/flow-bench.ts'

const { signal } = new AbortController()

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
})
afterEach(() => bench.close())

function reports(count: number): ReturnType<typeof toMessageId>[] {
  return Array.from({ length: count }, (_, n) => reportMessageId(`r${n}`, 'example.org'))
}

async function sign(references: readonly string[]): Promise<string | null> {
  const answered = { references: references.map(toMessageId), inReplyTo: [] }
  return bench.ports.store.read((reader) => loopSign(answered, reader, bench.ports))
}

/** The report comes back, each time on another way. */
async function comesBack(times: number): Promise<void> {
  const mail = sampleMail(reportMessageId('r1', 'example.org'))
  await bench.ports.store.transaction((tx) => tx.addToOutbox(sampleOutboxRecord('r1', { mail })))
  const deliveries = Array.from({ length: times }, (_, n) =>
    deliveryOf(
      `Received: by hop-${n}.example\nFrom: patchferry@example.org\nMessage-ID: <${mail.messageId}>\nSubject: x\nAuto-Submitted: auto-generated\n\nx\n`,
      { arrivedAt: bench.now },
    ),
  )
  await takeMails(deliveries, bench.ports, async () => undefined, signal)
}

describe('loopSign', () => {
  it('sees none where people talk', async () => {
    await comesBack(3)

    expect(await sign(['cover@ada.example', ...reports(3)])).toBeNull()
  })

  it('sees one in a chain of many reports of ours', async () => {
    expect(await sign(reports(8))).toBeNull()
    expect(await sign(reports(9))).toMatch(/a chain of answers with 9 reports/)
  })

  it('takes the reports of another installation for what anybody writes', async () => {
    const others = Array.from({ length: 20 }, (_, n) => reportMessageId(`r${n}`, 'other.example'))

    expect(await sign(others)).toBeNull()
  })

  it('sees one where a report comes back again and again, for a day', async () => {
    await comesBack(13)

    expect(await sign([])).toMatch(/the report r1 came back 13 times/)
    bench.now = new Date(bench.now.getTime() + 25 * 3_600_000)
    expect(await sign([])).toBeNull()
  })
})

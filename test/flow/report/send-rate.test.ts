import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noLimits, type SendLimits } from '../../../src/flow/report/send-rate.ts'
import { runDueJobs } from '../../../src/flow/run-jobs.ts'
import { sampleOutboxRecord } from '../../store/samples.ts'
import { type FlowBench, openFlowBench } from '../../support/flow-bench.ts'

const { signal } = new AbortController()
const secondMs = 1_000

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
  // What the journal does is tested elsewhere, and takes its time.
  bench.ports = {
    ...bench.ports,
    journal: { ...bench.ports.journal, recordSent: async () => undefined },
  }
})
afterEach(() => bench.close())

/** Sends all of these mails, to one domain each, the clock moved on by a second again and again. Returns when each went. */
async function sendAll(
  limits: SendLimits,
  domains: readonly string[],
  seconds: number,
): Promise<readonly { readonly second: number; readonly domain: string }[]> {
  const sent: { second: number; domain: string }[] = []
  const start = bench.now.getTime()
  bench.ports = {
    ...bench.ports,
    sending: { ...bench.ports.sending, limits },
    mailer: {
      ...bench.mailer,
      async send(mail) {
        const domain = mail.to[0]?.address.split('@')[1] ?? ''
        sent.push({ second: (bench.now.getTime() - start) / secondMs, domain })
        return { outcome: 'accepted', reply: '250' }
      },
    },
  }
  await bench.ports.store.transaction(async (tx) => {
    for (const [index, domain] of domains.entries()) {
      const record = sampleOutboxRecord(`mail-${index}`)
      const to = [{ name: '', address: `ada@${domain}` }]
      await tx.addToOutbox({ ...record, topic: null, mail: { ...record.mail, to, cc: [] } })
      await tx.enqueue('send', record.key, bench.now)
    }
  })
  for (let second = 0; second < seconds && sent.length < domains.length; second += 1) {
    bench.now = new Date(start + second * secondMs)
    await runDueJobs(['send'], 'test', bench.ports, signal, signal)
  }
  return sent
}

function most(seconds: readonly number[], windowSeconds: number): number {
  return Math.max(
    0,
    ...seconds.map(
      (from) => seconds.filter((at) => at >= from && at < from + windowSeconds).length,
    ),
  )
}

describe('limits of sending', () => {
  it('holds nothing back where there are none', async () => {
    const domains = Array.from({ length: 30 }, () => 'list.example')

    const sent = await sendAll(noLimits, domains, 1)

    expect(sent).toHaveLength(30)
  })

  it('keeps to the mails of a minute and of an hour, and sends each once', async () => {
    const domains = Array.from({ length: 45 }, () => 'list.example')

    const sent = await sendAll({ ...noLimits, perMinute: 7, perHour: 20 }, domains, 3 * 3_600)

    const seconds = sent.map(({ second }) => second)
    expect(sent).toHaveLength(45)
    expect(most(seconds, 60)).toBe(7)
    expect(most(seconds, 3_600)).toBe(20)
    // 20, 20 and 5: as fast as the limits let them.
    expect(seconds.at(-1)).toBeLessThanOrEqual(2 * 3_600 + 60)
  }, 20_000)

  it('lets mails to one domain wait while those to another go', async () => {
    const domains = Array.from({ length: 24 }, (_, n) => (n < 20 ? 'list.example' : 'ada.example'))

    const sent = await sendAll({ ...noLimits, perDomainPerMinute: 4 }, domains, 1_200)

    const list = sent.filter(({ domain }) => domain === 'list.example')
    const others = sent.filter(({ domain }) => domain === 'ada.example')
    expect([list.length, others.length]).toEqual([20, 4])
    expect(
      most(
        list.map(({ second }) => second),
        60,
      ),
    ).toBeLessThanOrEqual(4)
    expect(others.every(({ second }) => second === 0)).toBe(true)
  })

  it('are kept to after a restart, and not by a clock that was put back', async () => {
    const limits = { ...noLimits, perMinute: 2 }
    await sendAll(limits, ['list.example', 'list.example'], 1)
    const sending = { ...bench.ports.sending, limits }

    await bench.ports.store.transaction((tx) => tx.enqueue('send', 'more', bench.now))
    const soon = await runDueJobs(['send'], 'next', { ...bench.ports, sending }, signal, signal)
    bench.now = new Date(bench.now.getTime() - 86_400_000)
    await bench.ports.store.transaction((tx) => tx.enqueue('send', 'more', bench.now))
    const back = await runDueJobs(['send'], 'next', { ...bench.ports, sending }, signal, signal)

    expect([soon, back]).toEqual([0, 1])
  })
})

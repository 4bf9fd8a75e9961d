import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Delivery } from '../../../src/core/delivery.ts'
import { followSource, ingestSource } from '../../../src/flow/intake/ingest-source.ts'
import type { MailSource } from '../../../src/mail/mail-source.ts'
import { type FlowBench, openFlowBench } from '../../support/flow-bench.ts'

const { signal } = new AbortController()

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
})
afterEach(() => bench.close())

function delivery(number: number): Delivery {
  const raw = `From: Ada <ada@example.org>\nMessage-ID: <${number}@example.org>\nSubject: x\n\nText.\n`
  return { raw: Buffer.from(raw), cursor: String(number), location: `list:${number}` }
}

/** Mails 1 to 5, of which each read gives two and then fails; it notes what is settled. */
function failingSource(settled: string[]): MailSource {
  return {
    name: 'list',
    async *read(since) {
      const next = Number(since ?? 0) + 1
      for (let number = next; number <= 5; number += 1) {
        if (number >= next + 2) {
          throw new Error('the connection broke')
        }
        yield delivery(number)
      }
    },
    async settle(cursor) {
      settled.push(cursor)
    },
    wait: async () => undefined,
    close: async () => undefined,
  }
}

async function count(): Promise<number> {
  return bench.ports.store.read((reader) => reader.messageCount())
}

describe('ingestSource', () => {
  it('takes what a source gave before it failed, so that it gets on', async () => {
    const settled: string[] = []
    const source = failingSource(settled)

    await expect(ingestSource(source, bench.ports, signal)).rejects.toThrow('the connection broke')
    expect(await count()).toBe(2)
    await expect(ingestSource(source, bench.ports, signal)).rejects.toThrow('the connection broke')
    expect(await ingestSource(source, bench.ports, signal)).toBe(1)

    expect(await count()).toBe(5)
    expect(settled).toEqual(['2', '4', '5'])
  })
})

describe('followSource', () => {
  it('counts failures in a row, and begins anew once the source was read and waited for', async () => {
    const stop = new AbortController()
    const counts: number[] = []
    const reads = ['fails', 'fails', 'gives', 'fails', 'ends']
    const source: MailSource = {
      ...failingSource([]),
      async *read() {
        const next = reads.shift()
        if (next === 'ends') {
          stop.abort()
        }
        if (next === 'fails') {
          throw new Error('the connection broke')
        }
        if (next === 'gives') {
          yield delivery(1)
        }
      },
    }
    await followSource(
      source,
      bench.ports,
      () => undefined,
      async (_error, failures) => void counts.push(failures),
      stop.signal,
    )

    expect(counts).toEqual([1, 2, 1])
  })
})

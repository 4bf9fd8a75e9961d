import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noteSeen, quarantinedMails } from '../../../src/flow/acts/quarantine-acts.ts'
import { rebuild } from '../../../src/flow/recovery/rebuild.ts'
import { sampleSha } from '../../store/samples.ts'
import { all, type FlowBench, openFlowBench } from '../../support/flow-bench.ts'
import { openTempStore } from '../../support/temp-store.ts'

const { signal } = new AbortController()
const act = { reason: 'spam', by: 'mina' }
const first = sampleSha('first')
const second = sampleSha('second')

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
  for (const blob of [first, second]) {
    const where = { blob, position: `1:${blob}`, source: 'devel', location: 'new/1' }
    const why = { code: 'MAIL_UNREADABLE', message: 'no header', at: bench.now }
    await bench.ports.store.transaction((tx) => tx.addQuarantine({ ...where, ...why }))
  }
})
afterEach(() => bench.close())

async function unseen(): Promise<readonly string[]> {
  const mails = await bench.ports.store.read((reader) => quarantinedMails(reader, 10))
  return mails.filter(({ seen }) => seen === null).map(({ blob }) => blob)
}

describe('noteSeen', () => {
  it('notes who has looked at a mail that is named by its first digits', async () => {
    const result = await noteSeen([first.slice(0, 12).toUpperCase()], act, bench.ports, signal)

    expect(result).toMatchObject({ outcome: 'done', message: expect.stringMatching(/^1 mail is/) })
    expect(await unseen()).toEqual([second])
    expect(await all(bench.ports.journal.decisions(signal))).toEqual([
      {
        at: bench.now,
        by: 'mina',
        decision: { kind: 'quarantine-seen', mails: [first], reason: 'spam' },
      },
    ])
  })

  it('notes all that nobody has seen, and each once', async () => {
    await noteSeen([first], act, bench.ports, signal)

    expect(await noteSeen(null, act, bench.ports, signal)).toMatchObject({ outcome: 'done' })
    expect(await unseen()).toEqual([])
    expect(await noteSeen(null, act, bench.ports, signal)).toMatchObject({ outcome: 'refused' })
    expect(await noteSeen([first], act, bench.ports, signal)).toEqual({
      outcome: 'refused',
      message: 'it was said to be seen already',
    })
    const mails = await bench.ports.store.read((reader) => quarantinedMails(reader, 10))
    expect(mails.map(({ seen }) => seen?.reason)).toEqual(['spam', 'spam'])
    expect(await all(bench.ports.journal.decisions(signal))).toHaveLength(2)
  })

  it.each([
    [['0123456789ab'], /there is no mail 0123456789ab in quarantine/],
    [[first, 'nothing'], /nothing names no mail: write at least 6 digits/],
    [[first.slice(0, 4)], /names no mail: write at least 6 digits/],
  ])('notes nothing where one of %j names no mail', async (ids, says) => {
    expect(await noteSeen(ids, act, bench.ports, signal)).toEqual({
      outcome: 'refused',
      message: expect.stringMatching(says),
    })
    expect(await unseen()).toHaveLength(2)
  })

  it('stands after the store was lost', async () => {
    await noteSeen([first], act, bench.ports, signal)
    const fresh = await openTempStore()
    try {
      await rebuild({ ...bench.ports, store: fresh.store }, () => undefined, signal)
      const words = await fresh.store.read((reader) => reader.humanDecisions('quarantine-seen'))
      expect(words.map(({ decision }) => decision.mails)).toEqual([[first]])
    } finally {
      await fresh.close()
    }
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DecisionEntry } from '../../../src/core/journal-entry.ts'
import { recoverArchive } from '../../../src/flow/intake/take-mail.ts'
import { requireOwnJournal, requireOwnStore } from '../../../src/flow/recovery/require-own-store.ts'
import { sampleOutboxRecord } from '../../store/samples.ts'
import { type FlowBench, openFlowBench } from '../../support/flow-bench.ts'

const { signal } = new AbortController()

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
})
afterEach(() => bench.close())

async function archiveOne(): Promise<void> {
  const raw = Buffer.from('From: a@example.org\nMessage-ID: <a@example.org>\nSubject: a\n\nText.\n')
  const arrival = { source: 'list', location: 'a', arrivedAt: bench.now, isSilent: false }
  await bench.ports.archive.append([{ raw, ...arrival }], signal)
}

async function decide(kind: 'withdraw' | 'import'): Promise<DecisionEntry> {
  const topic = '0123456789ab' as never
  const entry: DecisionEntry = {
    at: bench.now,
    by: 'test',
    decision:
      kind === 'import'
        ? { kind, paths: ['old.mbox'], since: null }
        : { kind, topic, version: '1', reason: '' },
  }
  await bench.ports.journal.recordDecision(entry, signal)
  return entry
}

it('takes a new installation for what it is', async () => {
  await requireOwnStore(bench.ports, signal)
  await archiveOne()
  await decide('import')

  await expect(requireOwnStore(bench.ports, signal)).resolves.toBeUndefined()
})

it('refuses an empty store beside the records of earlier work', async () => {
  await archiveOne()
  await decide('withdraw')

  await expect(requireOwnStore(bench.ports, signal)).rejects.toMatchObject({
    code: 'FLOW_STORE_LOST',
  })
})

it('goes on with a store that knows the archive', async () => {
  await archiveOne()
  await decide('withdraw')
  await recoverArchive(bench.ports, signal)

  await expect(requireOwnStore(bench.ports, signal)).resolves.toBeUndefined()
})

describe('a store whose archive or journal was begun anew', () => {
  let other: FlowBench
  beforeEach(async () => {
    other = await openFlowBench()
    await archiveOne()
    await recoverArchive(bench.ports, signal)
  })
  afterEach(() => other.close())

  /** Journal and store tell of the same, as they do at work. */
  async function remember(what: 'a decision' | 'a report' | 'an import'): Promise<void> {
    const entry = await decide(what === 'an import' ? 'import' : 'withdraw')
    await bench.ports.store.transaction(async (tx) => {
      if (what === 'a report') {
        await tx.addToOutbox(sampleOutboxRecord('report', { state: 'handed-over' }))
      } else {
        await tx.addHumanDecision(entry)
      }
    })
  }

  it('is refused without the archive of its mails', async () => {
    const ports = { ...bench.ports, archive: other.ports.archive }
    await expect(requireOwnStore(ports, signal)).rejects.toMatchObject({
      code: 'FLOW_RECORDS_LOST',
      retry: 'after-human',
    })
  })

  it.each(['a decision', 'a report'] as const)(
    'is refused without the journal of %s',
    async (what) => {
      await remember(what)
      await expect(requireOwnStore(bench.ports, signal)).resolves.toBeUndefined()

      const ports = { ...bench.ports, journal: other.ports.journal }
      const lost = { code: 'FLOW_RECORDS_LOST', retry: 'after-human' }
      await expect(requireOwnStore(ports, signal)).rejects.toMatchObject(lost)
      await expect(requireOwnJournal(ports.store, null, signal)).rejects.toMatchObject(lost)
    },
  )

  it('is taken without a journal that told of nothing, or of an import', async () => {
    const ports = { ...bench.ports, journal: other.ports.journal }
    await expect(requireOwnStore(ports, signal)).resolves.toBeUndefined()
    await remember('an import')
    await expect(requireOwnStore(ports, signal)).resolves.toBeUndefined()
  })
})

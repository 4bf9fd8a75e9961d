import { afterEach, beforeEach, expect, it } from 'vitest'
import { recoverArchive } from '../../../src/flow/intake/take-mail.ts'
import { requireOwnStore } from '../../../src/flow/recovery/require-own-store.ts'
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

async function decide(kind: 'withdraw' | 'import'): Promise<void> {
  const topic = '0123456789ab' as never
  await bench.ports.journal.recordDecision(
    {
      at: bench.now,
      by: 'test',
      decision:
        kind === 'import'
          ? { kind, paths: ['old.mbox'], since: null }
          : { kind, topic, version: '1', reason: '' },
    },
    signal,
  )
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

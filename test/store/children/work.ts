import { defaultLooseGapMs } from '../../../src/core/series/loose-join.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import { lockWorker } from '../../../src/store/sqlite/worker-lock.ts'
import type { JobKind } from '../../../src/store/store.ts'
import { id } from '../samples.ts'
import { say } from './say.ts'

/*
 * A worker: each job writes its effect, which is no idempotent one, and enqueues what follows. The key of a job is
 * `<chain>:<round>`; the last kind begins the next round, unless argv[3] is `finish`: then it ends with the work.
 */
const [file = '', mode = 'for-ever'] = process.argv.slice(2)
const kinds: readonly JobKind[] = ['assemble', 'publish', 'test', 'collect']

function following(kind: JobKind, key: string): readonly [JobKind, string] | null {
  const next = kinds[kinds.indexOf(kind) + 1]
  const [chain, round] = key.split(':')
  if (next !== undefined) {
    return [next, key]
  }
  return mode === 'finish' ? null : ['assemble', `${chain}:${Number(round) + 1}`]
}

lockWorker(file)
const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
await store.sweep(new Date(), 1000, true)
say('working')
for (;;) {
  const now = new Date()
  const job = await store.claim(
    kinds,
    `worker ${process.pid}`,
    now,
    new Date(now.getTime() + 60_000),
  )
  if (job === null) {
    break
  }
  await store.transaction(async (tx) => {
    await tx.addDecision({
      at: now,
      messageId: id(job.key),
      topic: null,
      version: null,
      step: 'test',
      rule: job.kind,
      inputs: {},
      result: 'done',
    })
    const next = following(job.kind, job.key)
    if (next !== null) {
      await tx.enqueue(next[0], next[1], now)
    }
    await tx.complete(job)
  })
}
await store.close()
say('done')

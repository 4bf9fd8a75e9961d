import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RefName, Sha } from '../../../src/core/ids.ts'
import type { ForgeHint } from '../../../src/core/pull-request/forge-event.ts'
import { reconcilePullRequests } from '../../../src/flow/pull-request/reconcile-pull-requests.ts'
import { takeHint } from '../../../src/flow/pull-request/take-hint.ts'
import { sampleSha } from '../../store/samples.ts'
import { base, type CheckedSeries, head, openCheckedSeries } from '../../support/checked-series.ts'

const { signal } = new AbortController()
let series: CheckedSeries
let count = 0
beforeEach(async () => {
  series = await openCheckedSeries({}, { audience: everybody() })
  await series.pass(0)
})
afterEach(() => series.bench.close())

function everybody(): NonNullable<Parameters<typeof openCheckedSeries>[1]>['audience'] & object {
  const kinds = ['success', 'failure', 'error', 'held', 'no-checks', 'conflict', 'damaged'] as const
  return Object.fromEntries(kinds.map((kind) => [kind, 'author'])) as ReturnType<typeof everybody>
}

async function hint(one: ForgeHint, deliveryId = `delivery ${(count += 1)}`): Promise<string> {
  return takeHint(
    { deliveryId, repository: 'pumps/pump', hint: one },
    series.project,
    series.bench.ports,
  )
}

function ended(sha: Sha = head): ForgeHint {
  return { kind: 'checks-changed', sha, isEnd: true }
}

async function outcome(): Promise<readonly [string | undefined, readonly string[]]> {
  const topic = await series.bench.ports.store.read((reader) => reader.topic(series.topic))
  return [topic?.state, (await series.mails()).map(({ kind }) => kind)]
}

async function waiting(kind: 'pull' | 'refresh' | 'collect'): Promise<readonly string[]> {
  const { store } = series.bench.ports
  const found: string[] = []
  for (;;) {
    const until = new Date(series.bench.now.getTime() + 1)
    const job = await store.claim([kind], 'test', series.bench.now, until)
    if (job === null) {
      return found
    }
    found.push(job.key)
  }
}

describe('a hint that checks ended', () => {
  it('brings the look forward, to the end of the quiet time', async () => {
    await series.pass(8)
    const before = series.ci.asked.length
    series.ci.checks = [
      series.check('unit', 'failure'),
      series.check('unit', 'success', { sha: base }),
    ]
    expect(await hint(ended())).toBe('taken')
    await series.pass(1)
    expect(series.ci.asked).toHaveLength(before)
    await series.pass(1)

    expect(await outcome()).toEqual(['failure', ['failure']])
    expect(series.ci.asked.slice(before)).toEqual(['checks head', 'checks base', 'log unit'])
  })

  it('that is lost makes the verdict later, and no other', async () => {
    series.ci.checks = [series.check('unit', 'success')]
    await series.pass(10)

    expect(await outcome()).toEqual(['success', ['success']])
  })

  it('that comes late costs a look and changes nothing', async () => {
    series.ci.checks = [series.check('unit', 'success')]
    await series.pass(10)
    const before = series.ci.asked.length
    await hint(ended())
    await series.pass(60)

    expect(await outcome()).toEqual(['success', ['success']])
    expect(series.ci.asked).toHaveLength(before + 1)
    expect(await series.verdicts()).toEqual(['waiting', 'success'])
  })

  it('that comes twice, or under two names, is one look', async () => {
    series.ci.checks = [series.check('unit', 'success')]
    expect(await hint(ended(), 'same')).toBe('taken')
    expect(await hint(ended(), 'same')).toBe('known')
    await hint(ended())
    await series.pass(10)
    expect(await hint(ended(), 'same')).toBe('known')
    await series.pass(10)

    expect(await outcome()).toEqual(['success', ['success']])
    expect(series.ci.asked).toEqual(['checks head'])
  })

  it('that comes before that of the beginning, or for an older head, changes nothing', async () => {
    series.ci.checks = [series.check('unit', 'success')]
    await hint(ended())
    await hint({ kind: 'checks-changed', sha: head, isEnd: false })
    await hint(ended(sampleSha('older')))
    await series.pass(10)

    expect(await outcome()).toEqual(['success', ['success']])
    expect(series.ci.asked).toEqual(['checks head'])
  })

  it('is not put off by a stream of others', async () => {
    series.ci.checks = [series.check('unit', 'success')]
    for (let minute = 0; minute < 4; minute += 1) {
      await hint(ended())
      await series.pass(1)
    }
    expect(series.ci.asked.length).toBeGreaterThan(0)
    expect(series.ci.asked.length).toBeLessThan(4)
  })

  it('makes no request where something only began', async () => {
    await hint({ kind: 'checks-changed', sha: head, isEnd: false })
    await series.pass(1)

    expect(series.ci.asked).toEqual([])
  })
})

describe('other hints', () => {
  it('wake what they are about, and nothing that is not ours', async () => {
    const topic = series.topic
    await waiting('refresh')
    await hint({ kind: 'pushed', ref: 'refs/heads/main' as RefName })
    await hint({ kind: 'pushed', ref: `refs/heads/series/pump-${topic}` as RefName })
    await hint({ kind: 'pushed', ref: 'refs/heads/series/pump-0123456789ab' as RefName })
    await hint({ kind: 'pushed', ref: 'refs/heads/other' as RefName })
    await hint({ kind: 'commented', pullRequest: 4711 })

    expect(await waiting('refresh')).toEqual(['pump'])
    expect(await waiting('pull')).toEqual([topic])
  })
})

describe('the reconcile pass', () => {
  it('takes up again what is waited for and has no job any more', async () => {
    const { store } = series.bench.ports
    series.bench.now = new Date(series.bench.now.getTime() + 3_600_000)
    const lease = new Date(series.bench.now.getTime() + 60_000)
    const lost = await store.claim(['collect'], 'test', series.bench.now, lease)
    if (lost === null) {
      throw new Error('nothing waits for checks')
    }
    await store.fail(lost, null, 'given up')
    expect(await waiting('collect')).toEqual([])

    await store.transaction((tx) => tx.enqueue('reconcile', 'pump', series.bench.now))
    const until = new Date(series.bench.now.getTime() + 60_000)
    const job = await store.claim(['reconcile'], 'test', series.bench.now, until)
    if (job === null) {
      throw new Error('nothing to reconcile')
    }
    await reconcilePullRequests(job, series.bench.ports, signal)

    expect(await waiting('collect')).toEqual([`${series.topic} 1`])
  })
})

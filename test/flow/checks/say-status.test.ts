import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { retest } from '../../../src/flow/acts/operator-acts.ts'
import { takeHint } from '../../../src/flow/pull-request/take-hint.ts'
import { runDueJobs } from '../../../src/flow/run-jobs.ts'
import type { Rerun } from '../../../src/forge/forge.ts'
import type { JobKind } from '../../../src/store/store.ts'
import { base, type CheckedSeries, head, openCheckedSeries } from '../../support/checked-series.ts'

const { signal } = new AbortController()
const tests = { name: 'unit', argv: ['make', 'check'], timeoutMs: 1, bisectForMs: null }
let series: CheckedSeries
beforeEach(async () => {
  series = await openCheckedSeries({ tests })
})
afterEach(() => series.bench.close())

async function run(...kinds: readonly JobKind[]): Promise<void> {
  await runDueJobs(kinds, 'test', series.bench.ports, signal, signal)
}

describe('a result of our own tester', () => {
  it('is said on the forge, for heads alone, once for each time it was tested', async () => {
    series.testResult = { outcome: 'failed', exitCode: 1, output: 'not ok 1', durationMs: 1 }
    await run('collect', 'test', 'status')
    await run('test', 'status')

    expect(series.ci.statuses).toMatchObject([{ context: 'unit', sha: head, state: 'failure' }])
    expect(await series.bench.ports.store.read((reader) => reader.checks(base))).toHaveLength(1)

    series.testResult = { outcome: 'passed', output: '', durationMs: 1 }
    await retest(series.topic, '1', 'mina', series.bench.ports)
    await run('test', 'status')
    expect(series.ci.statuses.map(({ state }) => state)).toEqual(['failure', 'success'])
  })
})

describe('a verdict on our own result, where the forge has no CI', () => {
  it('stands when the forge says that there is news, such as the status that we set', async () => {
    series.ci.ciFiles = []
    await run('collect', 'test')
    await series.pass(5)
    async function state(): Promise<string | undefined> {
      return (await series.bench.ports.store.read((reader) => reader.topic(series.topic)))?.state
    }
    expect(await state()).toBe('success')

    const hint = { kind: 'checks-changed', sha: head, isEnd: true } as const
    const event = { deliveryId: 'of our status', repository: 'pumps/pump', hint }
    await takeHint(event, series.project, series.bench.ports)
    const before = series.ci.asked.length
    await series.pass(3)
    expect(series.ci.asked).toHaveLength(before + 1)
    expect(await state()).toBe('success')
    await series.pass(60)
    expect(series.ci.asked).toHaveLength(before + 1)
  })
})

describe('testing again', () => {
  it('has the forge run its red checks again, and looks at them anew', async () => {
    await series.pass(0)
    series.ci.checks = [series.check('build', 'failure')]
    await series.pass(3)
    await retest(series.topic, '1', 'mina', series.bench.ports)
    await run('rerun')

    expect(series.ci.asked.at(-1)).toBe(`rerun ${head}`)
    const look = await series.bench.ports.store.read((reader) => reader.commitLook('pump', head))
    expect(look).toMatchObject({
      lookedAt: null,
      dueAt: new Date(series.bench.now.getTime() + 120_000),
    })
  })

  it.each<[boolean, Rerun, readonly string[]]>([
    [
      true,
      { started: ['build'], left: ['other/ci'] },
      ['run again: build; stays red until it is run again where it runs: other/ci'],
    ],
    [true, { started: [], left: [] }, []],
    // The forge can run nothing again: what is red there stays so.
    [false, { started: [], left: [] }, ['stays red until it is run again where it runs: build']],
  ])('says what was run again, and what was not (%s, %j)', async (canRerun, rerun, said) => {
    await series.pass(0)
    series.ci.checks = [series.check('build', 'failure'), series.check('lint', 'success')]
    series.ci.rerun = rerun
    Object.assign(series.project.forge.capabilities, { rerun: canRerun })
    await series.pass(3)
    await retest(series.topic, '1', 'mina', series.bench.ports)
    await run('rerun')

    const decisions = await series.bench.ports.store.read((reader) =>
      reader.decisions({ topic: series.topic }),
    )
    const found = decisions.filter(({ rule }) => rule === 'run-again')
    expect(found.map(({ result }) => result)).toEqual(said)
  })
})

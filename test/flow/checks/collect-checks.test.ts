import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noLook } from '../../../src/core/checks/commit-look.ts'
import { retest, withdraw } from '../../../src/flow/acts/operator-acts.ts'
import { samplePullRequest, sampleSha, sampleTopicId } from '../../store/samples.ts'
import { base, type CheckedSeries, head, openCheckedSeries } from '../../support/checked-series.ts'

const { signal } = new AbortController()

let series: CheckedSeries
beforeEach(async () => {
  series = await openCheckedSeries()
})
afterEach(() => series.bench.close())

/** Opens another one, with a policy that tells everybody of everything. */
async function reopen(
  changes: Parameters<typeof openCheckedSeries>[0] = {},
  overlay: Parameters<typeof openCheckedSeries>[2] = null,
): Promise<void> {
  await series.bench.close()
  const everyone = {
    success: 'author',
    failure: 'author-and-list',
    error: 'author',
    'no-checks': 'author',
    held: 'maintainers',
  } as Parameters<typeof openCheckedSeries>[1] extends { readonly audience?: infer A } | undefined
    ? A & object
    : never
  series = await openCheckedSeries(changes, { audience: everyone }, overlay)
}

async function texts(): Promise<readonly string[]> {
  return (await series.mails()).map(({ kind, mail }) => `${kind}: ${mail.text.split('\n# end')[0]}`)
}

async function topicState(): Promise<string | undefined> {
  const topic = await series.bench.ports.store.read((reader) => reader.topic(series.topic))
  return topic?.state
}

describe('collecting checks of a forge', () => {
  it('asks ever more rarely while nothing is in, first after two minutes', async () => {
    series.ci.checks = [series.check('build', 'running')]

    await series.pass(0)
    expect(series.ci.asked).toEqual([])
    await series.pass(2)
    expect(series.ci.asked).toHaveLength(1)
    await series.pass(55)
    expect(series.ci.asked).toHaveLength(5)
    expect(await topicState()).toBe('testing')
  })

  it('gives the verdict once all is in and it has been quiet, and asks nothing afterwards', async () => {
    await series.pass(1)
    series.ci.checks = [series.check('build', 'success')]
    await series.pass(1)
    expect(await topicState()).toBe('testing')
    await series.pass(2)

    expect(await topicState()).toBe('success')
    expect(series.ci.asked).toHaveLength(2)
    await series.wake()
    await series.pass(600)
    expect(series.ci.asked).toHaveLength(2)
    expect(await series.verdicts()).toEqual(['waiting', 'success'])
  })

  it('says nothing more of a version that a person withdrew while it was tested', async () => {
    await reopen()
    series.ci.checks = [series.check('build', 'running')]
    await series.pass(3)
    const act = await withdraw(series.topic, 'no', 'ada', series.bench.ports, signal)
    expect(act.outcome).toBe('done')
    series.ci.checks = [series.check('build', 'failure')]
    await series.wake()
    await series.pass(600)

    expect(await topicState()).toBe('withdrawn')
    expect(await series.verdicts()).toEqual(['waiting'])
    expect(await texts()).toEqual([])
    const again = await retest(series.topic, null, 'ada', series.bench.ports)
    expect(again).toMatchObject({
      outcome: 'refused',
      message: expect.stringContaining('was withdrawn; a newer version goes on'),
    })
  })

  it('waits for what is configured, until the deadline', async () => {
    await reopen({ checks: { expected: ['build', 'arm64'], quietMs: 0 } })
    series.ci.checks = [series.check('build', 'success')]
    await series.pass(23 * 60)
    expect(await topicState()).toBe('testing')
    await series.pass(60)

    expect(await topicState()).toBe('error')
    expect((await texts())[0]).toContain('No result came in time of arm64.')
  })

  it('learns what usually reports, and how long that takes', async () => {
    await series.bench.ports.store.transaction(async (tx) => {
      for (let n = 0; n < 6; n += 1) {
        await tx.saveCommitLook({
          ...noLook('pump', sampleSha(`old ${n}`)),
          settledAt: new Date(n),
          contexts: n === 0 ? ['build', 'docs'] : ['build', 'arm64'],
          tookMs: 4 * 60_000,
        })
      }
    })
    await series.pass(1)
    series.ci.checks = [series.check('build', 'success')]
    await series.pass(28)
    expect(await topicState()).toBe('testing')
    await series.pass(2)

    expect(await topicState()).toBe('error')
    expect(series.ci.asked.length).toBeLessThan(6)
  })

  it('says why a check is red, by its log, and asks for the base once', async () => {
    await series.pass(0)
    series.ci.checks = [
      series.check('build', 'success'),
      series.check('unit', 'failure'),
      series.check('docs', 'failure'),
      series.check('docs', 'failure', { sha: base }),
      series.check('unit', 'success', { sha: base }),
    ]
    series.ci.log = {
      steps: [{ name: 'make check', outcome: 'failure', startedAt: null, finishedAt: null }],
      annotations: [],
      text: 'not ok 3 - the pump runs dry\n',
      isCut: false,
    }
    await series.pass(5)

    const [failure] = await texts()
    expect(failure).toContain('This patch fails 1 of 2 checks: unit.')
    expect(failure).toContain('in the step "make check"')
    expect(failure).toContain('| not ok 3 - the pump runs dry')
    expect(failure).toContain('https://forge.example.org/runs/unit')
    expect(failure).toContain('as well: docs.')
    expect(series.ci.asked).toEqual(['checks head', 'checks base', 'log unit'])

    const other = await series.publish('other')
    series.ci.checks = [
      ...series.ci.checks,
      series.check('docs', 'failure', { sha: other }),
      series.check('build', 'success', { sha: other }),
    ]
    await series.pass(5)
    expect(series.ci.asked.slice(3)).toEqual([`checks ${other}`])
  })

  it('waits for a check of the base that still runs', async () => {
    await series.pass(0)
    series.ci.checks = [
      series.check('unit', 'failure'),
      series.check('unit (push)', 'running', { sha: base }),
    ]
    await series.pass(5)
    expect(await topicState()).toBe('testing')
    series.ci.checks = [
      series.check('unit', 'failure'),
      series.check('unit (push)', 'failure', { sha: base }),
    ]
    await series.pass(10)

    expect(await topicState()).toBe('success')
  })

  it('never counts what an older head got', async () => {
    await series.pass(0)
    series.ci.checks = [
      series.check('build', 'success'),
      series.check('build', 'failure', { sha: sampleSha('older') }),
    ]
    await series.pass(5)

    expect(await topicState()).toBe('success')
  })

  it('takes a red that is run again for pending, and its last word for the verdict', async () => {
    await series.pass(0)
    series.ci.checks = [
      series.check('unit', 'failure'),
      series.check('unit', 'running', { attempt: 2 }),
    ]
    await series.pass(5)
    expect(await topicState()).toBe('testing')
    series.ci.checks = [series.check('unit', 'success', { attempt: 2 })]
    await series.pass(30)

    expect(await topicState()).toBe('success')
  })

  it('changes the verdict without another mail when a check is run again after the report', async () => {
    await reopen()
    await series.pass(0)
    series.ci.checks = [series.check('unit', 'failure')]
    await series.pass(5)
    expect((await series.mails()).map(({ kind }) => kind)).toEqual(['failure'])
    series.ci.checks = [series.check('unit', 'success', { attempt: 2 })]
    await series.bench.ports.store.transaction(async (tx) => {
      const look = await tx.commitLook('pump', head)
      await tx.saveCommitLook({ ...(look ?? noLook('pump', head)), dueAt: series.bench.now })
    })
    await series.wake()
    await series.pass(3)

    expect(await topicState()).toBe('success')
    expect((await series.mails()).map(({ kind }) => kind)).toEqual(['failure'])
    expect(await series.verdicts()).toEqual(['waiting', 'failure', 'waiting', 'success'])
  })

  it('asks nothing for a version that a newer one has overtaken', async () => {
    await series.publish('head v2', '2')
    await series.pass(60)

    expect(series.ci.asked.filter((one) => one === 'checks head')).toEqual([])
  })

  it('asks anew when a person has it tested again', async () => {
    await series.pass(0)
    series.ci.checks = [series.check('unit', 'failure')]
    await series.pass(5)
    await retest(series.topic, '1', 'mina', series.bench.ports)
    series.ci.checks = [series.check('unit', 'success', { attempt: 2 })]
    await series.bench.ports.store.transaction(async (tx) => {
      const [published] = await tx.applications(series.topic)
      if (published !== undefined) {
        await tx.saveApplication({ ...published, publishedAt: series.bench.now })
      }
    })
    await series.wake()
    await series.pass(5)

    expect(await topicState()).toBe('success')
  })
})

describe('CI that says nothing', () => {
  beforeEach(() => reopen())

  it('because the commit message tells it not to run is not waited for', async () => {
    series.ci.message = 'mend the pump [skip ci]\n'
    await series.pass(5)

    expect(await topicState()).toBe('no-checks')
    expect((await texts())[0]).toContain('This patch was not tested, as it asks for.')
    expect(await series.verdicts()).toEqual(['waiting', 'no-checks'])
  })

  it('is not judged before there is the pull request that it begins with', async () => {
    series.hasPullRequest = false
    const other = await series.publish('other')
    series.ci.ciFiles = []
    const { store } = series.bench.ports
    async function state(): Promise<string | undefined> {
      return (await store.read((reader) => reader.topic(sampleTopicId('other'))))?.state
    }
    await series.pass(3 * 24 * 60)
    expect(await state()).toBe('testing')
    await store.transaction(async (tx) => {
      const at = series.bench.now
      const opened = { at, messageId: null, topic: sampleTopicId('other'), version: '1' }
      const step = {
        step: 'publish',
        rule: 'pull-request-opened',
        inputs: {},
        result: '#7',
      } as const
      await tx.addDecision({ ...opened, ...step })
      await tx.savePullRequest(samplePullRequest(7, { topic: sampleTopicId('other'), head: other }))
      await tx.enqueue('collect', `${sampleTopicId('other')} 1`, at)
    })
    await series.pass(1)
    expect(await state()).toBe('testing')
    await series.pass(5)
    expect(await state()).toBe('no-checks')
  })

  it('because there is none is not waited for', async () => {
    series.ci.ciFiles = []
    await series.pass(5)

    expect((await texts())[0]).toContain('not tested: there is nothing that tests it.')
  })

  it('is waited for where an overlay brings the workflows that the series lacks', async () => {
    await reopen({}, async () => [])
    series.ci.ciFiles = []
    await series.pass(5)
    expect(await topicState()).toBe('testing')
  })

  it('because the base has moved on is said with what to do', async () => {
    series.ci.merges = false
    await series.pass(5)

    expect((await texts())[0]).toContain('does not merge with main any more')
    expect((await texts())[0]).toContain('rebase it')
  })

  it('without a reason that anybody knows is waited for until the deadline', async () => {
    await series.pass(20 * 60)
    expect(await topicState()).toBe('testing')
    await series.pass(5 * 60)

    expect((await texts())[0]).toContain('did not say anything in time')
  })

  it('because a person has to let it begin is told to maintainers, and no deadline ends it', async () => {
    series.ci.approvalUrl = 'https://forge.example.org/runs/1'
    await series.pass(60)
    expect((await texts())[0]).toMatch(/^held: The CI of pump waits for you/)
    expect((await texts())[0]).toContain('    https://forge.example.org/runs/1')
    await series.pass(3 * 24 * 60)
    expect(await topicState()).toBe('testing')
    expect(await series.verdicts()).toEqual(['waiting', 'approval-needed'])
    series.ci.approvalUrl = null
    series.ci.checks = [series.check('unit', 'success')]
    await series.pass(65)

    expect(await topicState()).toBe('success')
    expect((await series.mails()).map(({ kind }) => kind).toSorted()).toEqual(['held', 'success'])
  })

  it('of what it cancelled is no failure of the series', async () => {
    await series.pass(0)
    series.ci.checks = [series.check('unit', 'cancelled'), series.check('build', 'success')]
    await series.pass(5)

    expect(await topicState()).toBe('error')
    expect((await texts())[0]).toContain('were cancelled, so nothing is known')
  })
})

describe('a project with tests of its own and a forge', () => {
  const tests = { name: 'unit', argv: ['make', 'check'], timeoutMs: 1, bisectForMs: null }

  it('waits for both, and does not take its own status for a result of the forge', async () => {
    await reopen({ tests })
    await series.pass(0)
    series.ci.checks = [
      series.check('build', 'success'),
      series.check('unit', 'failure', { origin: 'commit-status' }),
    ]
    await series.pass(10)
    expect(await topicState()).toBe('testing')
    await series.bench.ports.store.transaction((tx) =>
      tx.saveCheck(series.check('unit', 'success', { origin: 'command' }), null),
    )
    await series.wake()
    await series.pass(0)

    expect(await topicState()).toBe('success')
  })
})

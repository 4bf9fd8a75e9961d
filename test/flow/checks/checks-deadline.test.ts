import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMailReporter } from '../../../src/app/load-templates.ts'
import type { Check, CheckState } from '../../../src/core/checks/check.ts'
import type { RefName, Sha } from '../../../src/core/ids.ts'
import type { Project } from '../../../src/core/project.ts'
import type { OutboxRecord } from '../../../src/core/records.ts'
import { defaultReportPolicy } from '../../../src/core/report/default-report-policy.ts'
import { retest } from '../../../src/flow/acts/operator-acts.ts'
import { collectChecks } from '../../../src/flow/checks/collect-checks.ts'
import type { ProjectPorts } from '../../../src/flow/ports.ts'
import {
  id,
  sampleApplication,
  sampleDelivery,
  sampleMessage,
  sampleSeries,
  sampleSeriesRecord,
  sampleSha,
  sampleTopic,
  sampleTopicId,
} from '../../store/samples.ts'
import { type FlowBench, openFlowBench } from '../../support/flow-bench.ts'

const { signal } = new AbortController()
const hourMs = 3_600_000
const anchor = id('patch')
const topic = sampleTopicId('topic')
const [head, base] = [sampleSha('head'), sampleSha('base')]

const mirror = { url: 'x', authorization: null }

/** No repository: its commits say nothing of CI. */
const noGit = { commitMessage: async () => '', pathsIn: async () => [] }

let bench: FlowBench
let theirs: readonly Check[]
beforeEach(async () => {
  bench = await openFlowBench()
  theirs = []
  const project = {
    name: 'pump',
    lists: [{ name: 'pump-devel', address: 'pump@example.org', listId: null, sources: [] }],
    mirrorUrl: 'x',
    publicMirrorUrl: 'x',
    publicHeadsUrl: 'x',
    checks: { expected: [], quietMs: 0 },
    tests: { name: 'unit', argv: ['make', 'check'], timeoutMs: 1000, bisectForMs: null },
    reports: {
      ...defaultReportPolicy([{ name: 'Mina', address: 'mina@example.org' }]),
      deadlineMs: 6 * hourMs,
    },
    listReports: {},
  } as unknown as Project
  const forge = {
    capabilities: {
      get checks() {
        return theirs.length > 0
      },
      pullRequests: false,
    },
    listChecks: async (sha: Sha) => ({
      checks: theirs.filter((one) => one.sha === sha),
      approvalUrl: null,
    }),
    readLog: async () => null,
  }
  bench.ports = {
    ...bench.ports,
    archive: { ...bench.ports.archive, rawMails: async () => [] },
    reporter: openMailReporter(null, null).reporter,
    projects: [
      {
        project,
        forge,
        git: noGit,
        mirror,
        heads: mirror,
        overlay: null,
      } as unknown as ProjectPorts,
    ],
  }
  const series = sampleSeries(anchor)
  await bench.ports.store.transaction(async (tx) => {
    await tx.addMessage(sampleMessage(anchor), sampleDelivery(anchor))
    await tx.replaceSeries([], [sampleSeriesRecord(series, { topic })])
    await tx.saveTopic(sampleTopic(topic))
    const seriesRef = 'refs/series/x/v1-1' as RefName
    await tx.saveApplication(sampleApplication(topic, { n: 1, seriesRef, publishedAt: bench.now }))
    await tx.enqueue('collect', `${topic} 1`, bench.now)
  })
})
afterEach(() => bench.close())

function check(context: string, sha: Sha, state: CheckState): Check {
  return {
    origin: 'command',
    context,
    sha,
    state,
    summary: '',
    targetUrl: null,
    failingStep: null,
    excerpt: '',
    startedAt: null,
    finishedAt: null,
  }
}

/** Runs what is due but the tests, which never come. Gives how many times was looked. */
async function pass(hours: number): Promise<number> {
  bench.now = new Date(bench.now.getTime() + hours * hourMs)
  for (let count = 0; ; count += 1) {
    const until = new Date(bench.now.getTime() + 60_000)
    const job = await bench.ports.store.claim(['collect'], 'test', bench.now, until)
    if (job === null) {
      return count
    }
    await collectChecks(job, bench.ports, signal)
  }
}

async function result(one: Check): Promise<void> {
  await bench.ports.store.transaction(async (tx) => {
    await tx.saveCheck(one, null)
    await tx.enqueue('collect', `${topic} 1`, bench.now)
  })
}

async function reports(): Promise<readonly OutboxRecord[]> {
  return bench.ports.store.read((reader) => reader.outbox({ limit: 9 }))
}

async function verdicts(): Promise<readonly string[]> {
  const decided = await bench.ports.store.read((reader) => reader.decisions({ topic }))
  return decided.filter(({ step }) => step === 'verdict').map(({ rule }) => rule)
}

describe('checks that never come', () => {
  it('are waited for until the deadline, which is said, and then reported as missing', async () => {
    await pass(0)
    expect(await verdicts()).toEqual(['waiting'])
    expect(await pass(5.9)).toBe(0)
    expect(await reports()).toEqual([])

    expect(await pass(0.1)).toBe(1)
    const [report] = await reports()
    expect(report).toMatchObject({ kind: 'error', state: 'pending' })
    expect(report?.mail.text).toContain('No result came in time of unit.')
    expect(await verdicts()).toEqual(['waiting', 'error'])
  })

  it('keep back nothing that fails', async () => {
    theirs = [check('build', head, 'failure'), check('arm64', head, 'running')]
    await pass(0)
    await pass(6)

    const [report] = await reports()
    expect(report?.kind).toBe('failure')
    expect(report?.mail.text.replaceAll('\n', ' ')).toContain('in time of arm64 and unit.')
  })

  it('of the base are named too', async () => {
    await result(check('unit', head, 'failure'))
    await pass(0)
    expect(await reports()).toEqual([])
    await pass(6)

    const [report] = await reports()
    expect(report?.kind).toBe('failure')
    expect(report?.mail.text).toContain('unit on the base')
  })

  it('give no second report when they come late', async () => {
    await pass(0)
    await pass(6)
    await result(check('unit', head, 'success'))
    await pass(1)

    expect((await reports()).map(({ kind }) => kind)).toEqual(['error'])
    const known = await bench.ports.store.read((reader) => reader.topic(topic))
    expect(known?.verdict).toBe('success')
  })

  it('are waited for anew when a person has them tested again', async () => {
    await pass(0)
    await pass(3)
    await retest(topic, '1', 'mina', bench.ports)
    await bench.ports.store.transaction((tx) => tx.enqueue('collect', `${topic} 1`, bench.now))
    await pass(0)
    await pass(3)
    expect(await reports()).toEqual([])
  })
})

describe('checks that come in time', () => {
  it('leave no deadline behind', async () => {
    await pass(0)
    await result(check('unit', head, 'failure'))
    await pass(1)
    await result(check('unit', base, 'success'))
    await pass(1)

    expect((await reports()).map(({ kind }) => kind)).toEqual(['failure'])
    expect(await pass(48)).toBe(0)
    expect(await verdicts()).toEqual(['waiting', 'failure'])
  })
})

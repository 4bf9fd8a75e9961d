import { openMailReporter } from '../../src/app/load-templates.ts'
import type { Check, CheckState } from '../../src/core/checks/check.ts'
import type { CheckLog } from '../../src/core/checks/check-log.ts'
import type { RefName, Sha, TopicId } from '../../src/core/ids.ts'
import type { Project, ReportPolicy } from '../../src/core/project.ts'
import type { OutboxRecord } from '../../src/core/records.ts'
import { defaultReportPolicy } from '../../src/core/report/default-report-policy.ts'
import { collectChecks } from '../../src/flow/checks/collect-checks.ts'
import type { ProjectPorts } from '../../src/flow/ports.ts'
import type { Forge, Rerun } from '../../src/forge/forge.ts'
import type { TestResult } from '../../src/tester/tester.ts'
import {
  id,
  sampleApplication,
  sampleDelivery,
  sampleMessage,
  samplePullRequest,
  sampleSeries,
  sampleSeriesRecord,
  sampleSha,
  sampleTopic,
  sampleTopicId,
} from '../store/samples.ts'
import { type FlowBench, openFlowBench } from './flow-bench.ts'

const { signal } = new AbortController()
export const minuteMs = 60_000
export const [head, base] = [sampleSha('head'), sampleSha('base')]

/** What CI and the repository say, as the test wants it, and what they were asked. */
export interface ScriptedCi {
  checks: readonly Check[]
  approvalUrl: string | null
  message: string
  ciFiles: readonly string[]
  merges: boolean
  log: CheckLog | null
  /** Every request, `checks <sha>` or `log <context>`. */
  readonly asked: string[]
  readonly statuses: Check[]
  /** What comes of the wish to run red checks again. */
  rerun: Rerun
}

/** A published series whose checks are collected, on a clock of the test's own. */
export interface CheckedSeries {
  readonly bench: FlowBench
  readonly ci: ScriptedCi
  readonly project: ProjectPorts
  readonly topic: TopicId
  /** Whether what is published has a pull request at once. */
  hasPullRequest: boolean
  /** What our own tester finds. */
  testResult: TestResult
  /** Moves the clock on and runs what is due meanwhile; how many jobs that were. */
  pass(minutes: number): Promise<number>
  /** Wakes the job now. */
  wake(): Promise<void>
  mails(): Promise<readonly OutboxRecord[]>
  /** Rules of the decisions about the verdict. */
  verdicts(): Promise<readonly string[]>
  /** Publishes another version or topic with the same base; its head. */
  publish(name: string, version?: string): Promise<Sha>
  check(context: string, state: CheckState, changes?: Partial<Check>): Check
}

/** A project on a forge that has checks, without tests of its own but for those in `changes`. */
export async function openCheckedSeries(
  changes: Partial<Pick<Project, 'tests' | 'checks'>> = {},
  policy: Partial<ReportPolicy> = {},
  overlay: ProjectPorts['overlay'] = null,
): Promise<CheckedSeries> {
  const bench = await openFlowBench()
  const ci: ScriptedCi = {
    checks: [],
    approvalUrl: null,
    message: 'mend the pump\n',
    ciFiles: ['.github/workflows/ci.yml'],
    merges: true,
    log: null,
    asked: [],
    statuses: [],
    rerun: { started: ['build'], left: [] },
  }
  const standard = defaultReportPolicy([{ name: 'Mina', address: 'mina@example.org' }])
  const project = {
    name: 'pump',
    lists: [{ name: 'pump-devel', address: 'pump@example.org', listId: null, sources: [] }],
    branches: ['refs/heads/main'],
    prefixBranches: {},
    mirrorUrl: 'x',
    publicHeadsUrl: 'x',
    tests: null,
    trust: { ciPaths: [], approvers: [] },
    checks: { expected: [], quietMs: 2 * minuteMs },
    reports: { ...standard, ...policy },
    listReports: {},
    ...changes,
  } as unknown as Project
  const forge: Partial<Forge> = {
    repository: 'pumps/pump',
    capabilities: {
      checks: true,
      pullRequests: true,
      ciReadsMerge: true,
      ciReadsTarget: false,
      rerun: true,
    } as Forge['capabilities'],
    async listChecks(sha) {
      ci.asked.push(`checks ${sha === head ? 'head' : sha === base ? 'base' : sha}`)
      return {
        checks: ci.checks.filter((one) => one.sha === sha),
        approvalUrl: sha === head ? ci.approvalUrl : null,
      }
    },
    async readLog(check) {
      ci.asked.push(`log ${check.context}`)
      return ci.log
    },
    async openPullRequests() {
      return []
    },
    async rerunChecks(sha) {
      ci.asked.push(`rerun ${sha}`)
      return ci.rerun
    },
    async setStatus(check) {
      ci.statuses.push(check)
    },
  }
  const git = {
    commitMessage: async () => ci.message,
    pathsIn: async () => ci.ciFiles,
    resolve: async () => sampleSha('tip'),
    mergesCleanly: async () => ci.merges,
    rangeDiff: async () => '',
  }
  const mirror = { url: 'x', authorization: null }
  const ports = {
    project,
    forge,
    git,
    mirror,
    heads: mirror,
    overlay,
    test: async () => opened.testResult,
  } as unknown as ProjectPorts
  bench.ports = {
    ...bench.ports,
    archive: { ...bench.ports.archive, rawMails: async () => [] },
    reporter: openMailReporter(null, null).reporter,
    projects: [ports],
  }
  const topic = sampleTopicId('topic')

  async function publish(name: string, version = '1'): Promise<Sha> {
    const of = version === '1' && name !== 'head' ? sampleTopicId(name) : topic
    const anchor = id(name)
    const series = sampleSeries(anchor, { version: Number(version) })
    const seriesRef = `refs/series/${of}/v${version}-1` as RefName
    const record = sampleApplication(of, { n: 1, version, seriesRef, publishedAt: bench.now })
    const sha = sampleSha(name)
    await bench.ports.store.transaction(async (tx) => {
      await tx.addMessage(sampleMessage(anchor), sampleDelivery(anchor))
      await tx.replaceSeries([], [sampleSeriesRecord(series, { topic: of })])
      await tx.saveTopic(sampleTopic(of, { version, state: 'testing' }))
      await tx.saveApplication({
        ...record,
        base,
        baseBranch: 'refs/heads/main' as RefName,
        application: { ...record.application, outcome: 'applied', head: sha, tree: sha },
      })
      if (opened.hasPullRequest) {
        await tx.savePullRequest(samplePullRequest(1, { topic: of, head: sha }))
      }
      await tx.enqueue('collect', `${of} ${version}`, bench.now)
    })
    return sha
  }

  /** A job that wakes itself for now has gone astray. */
  async function runDue(): Promise<number> {
    for (let count = 0; count < 10; count += 1) {
      const until = new Date(bench.now.getTime() + minuteMs)
      const job = await bench.ports.store.claim(['collect'], 'test', bench.now, until)
      if (job === null) {
        return count
      }
      await collectChecks(job, bench.ports, signal)
    }
    throw new Error('the same job runs again and again')
  }

  const opened: CheckedSeries = {
    hasPullRequest: true,
    testResult: { outcome: 'passed', output: '', durationMs: 1 },
    bench,
    ci,
    project: ports,
    topic,
    publish,
    async pass(minutes) {
      const end = bench.now.getTime() + minutes * minuteMs
      const step = (minutes > 100 ? 20 : 1) * minuteMs
      let count = 0
      for (let at = bench.now.getTime(); at <= end; at += step) {
        bench.now = new Date(at)
        count += await runDue()
      }
      bench.now = new Date(end)
      return count
    },
    wake: () =>
      bench.ports.store.transaction((tx) => tx.enqueue('collect', `${topic} 1`, bench.now)),
    mails: () => bench.ports.store.read((reader) => reader.outbox({ limit: 9 })),
    async verdicts() {
      const decided = await bench.ports.store.read((reader) => reader.decisions({ topic }))
      return decided.filter(({ step }) => step === 'verdict').map(({ rule }) => rule)
    },
    check: (context, state, facts = {}) => ({
      origin: 'check-run',
      context,
      sha: head,
      state,
      summary: '',
      targetUrl: `https://forge.example.org/runs/${context}`,
      failingStep: null,
      excerpt: '',
      startedAt: bench.now,
      finishedAt: state === 'running' || state === 'pending' ? null : bench.now,
      ...facts,
    }),
  }
  await publish('head')
  return opened
}

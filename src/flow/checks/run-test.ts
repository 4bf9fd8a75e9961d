import type { Check } from '../../core/checks/check.ts'
import { logExcerpt } from '../../core/checks/log-excerpt.ts'
import type { Sha, TopicId } from '../../core/ids.ts'
import type { TestPlan } from '../../core/project.ts'
import type { Job } from '../../store/store.ts'
import type { TestResult } from '../../tester/tester.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject } from '../ports.ts'
import { appliedHead } from '../publish/push-application.ts'
import { statusKey } from './say-status.ts'

/** The version in the middle of which a commit lies that is tested to find the patch that breaks it. */
export interface TestedWithin {
  readonly topic: TopicId
  readonly version: string
}

/** The key of the job that tests one commit of one project. */
export function testKey(project: string, sha: Sha, within?: TestedWithin): string {
  return within === undefined
    ? `${project} ${sha}`
    : `${project} ${sha} ${within.topic} ${within.version}`
}

const excerptBytes = 2_000

function seconds(durationMs: number): string {
  const decimals = durationMs < 10_000 ? 1 : 0
  return `${(durationMs / 1000).toFixed(decimals)} s`
}

function outcomeOf(plan: TestPlan, result: TestResult): Pick<Check, 'state' | 'summary'> {
  switch (result.outcome) {
    case 'passed':
      return { state: 'success', summary: `passed in ${seconds(result.durationMs)}` }
    case 'failed': {
      const how = result.exitCode === null ? 'ended by a signal' : `exit code ${result.exitCode}`
      return { state: 'failure', summary: `${how} after ${seconds(result.durationMs)}` }
    }
    case 'timed-out':
      return { state: 'failure', summary: `timed out after ${seconds(plan.timeoutMs)}` }
    case 'not-started':
      return { state: 'error', summary: `could not be started: ${result.reason}` }
  }
}

function toCheck(plan: TestPlan, sha: Sha, result: TestResult, startedAt: Date, now: Date): Check {
  const { state, summary } = outcomeOf(plan, result)
  const output = result.outcome === 'not-started' ? '' : result.output
  return {
    origin: 'command',
    context: plan.name,
    sha,
    state,
    summary,
    targetUrl: null,
    failingStep: state === 'failure' ? plan.argv.join(' ') : null,
    excerpt: state === 'failure' ? logExcerpt(output, excerptBytes) : '',
    startedAt,
    finishedAt: now,
  }
}

/**
 * Tests one commit. The result and the end of the job are one transaction: a test whose service died is run
 * again and counts once.
 */
export async function runTest(job: Job, ports: FlowPorts, signal: AbortSignal): Promise<void> {
  const [name = '', hex = '', topic, version] = job.key.split(' ')
  const sha = hex as Sha
  const project = findProject(ports, name)
  const plan = project?.project.tests ?? null
  if (project === null || plan === null) {
    await finish(job, ports)
    return
  }
  const startedAt = ports.clock()
  const result = await project.test(sha, signal)
  const check = toCheck(plan, sha, result, startedAt, ports.clock())
  const log = result.outcome === 'not-started' ? null : result.output
  await finish(job, ports, async (tx) => {
    await tx.saveCheck(check, log)
    const touching = await tx.applicationsTouching(sha)
    const isHead = touching.some((one) => one.seriesRef !== null && appliedHead(one) === sha)
    if (project.forge.capabilities.checks && isHead) {
      await tx.enqueue('status', statusKey(name, sha), ports.clock())
    }
    const within =
      topic === undefined || version === undefined ? [] : [{ topic: topic as TopicId, version }]
    for (const one of [...touching, ...within]) {
      await tx.addDecision({
        at: ports.clock(),
        messageId: null,
        topic: one.topic,
        version: one.version,
        step: 'test',
        rule: !('base' in one) ? 'bisect' : one.base === sha ? 'base' : 'head',
        inputs: { sha, context: check.context },
        result: `${check.state}: ${check.summary}`,
      })
      await tx.enqueue('collect', `${one.topic} ${one.version}`, ports.clock())
    }
  })
}

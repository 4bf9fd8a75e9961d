import { expect } from 'vitest'
import type { Check } from '../../../src/core/checks/check.ts'
import type { Sha } from '../../../src/core/ids.ts'
import {
  casesThatNeed,
  type ForgeCase,
  type ForgeUnderTest,
  type RunningJob,
} from './forge-under-test.ts'
import { check, openPullRequest, signal } from './forge-values.ts'

const red: RunningJob = {
  name: 'build',
  outcome: 'failure',
  steps: [
    { name: 'Set up job', outcome: 'success' },
    { name: 'Compile', outcome: 'failure' },
    { name: 'Test', outcome: 'skipped' },
  ],
  log: 'first line\ncc -c file.c\nfile.c:3: error: what \u00fc is this\nlast line\n',
}

async function checkOf(tested: ForgeUnderTest, sha: Sha, job: RunningJob): Promise<Check> {
  const context = await tested.runJob(sha, job)
  const { checks } = await tested.forge.listChecks(sha, signal)
  const found = checks.filter((one) => one.context === context)
  expect(found).toHaveLength(1)
  const [check] = found
  if (check === undefined) {
    throw new Error(`no check ${context}`)
  }
  return check
}

async function expectOutcome(
  tested: ForgeUnderTest,
  outcome: 'success' | 'failure' | 'cancelled' | 'skipped' | 'running',
): Promise<void> {
  const { sha } = await openPullRequest(tested)
  const check = await checkOf(tested, sha, { ...red, outcome, steps: [], log: '' })

  expect(check).toMatchObject({ sha, state: outcome })
  expect(check.targetUrl).toMatch(/^https?:/)
}

const outcomes = ['success', 'failure', 'cancelled', 'skipped', 'running'] as const

const results: readonly Omit<ForgeCase, 'needs'>[] = [
  ...outcomes.map((outcome) => ({
    name: `tells that a job of the forge is ${outcome}`,
    run: async (tested: ForgeUnderTest) => expectOutcome(tested, outcome),
  })),
  {
    name: 'tells of jobs of one name that ran twice',
    run: async (tested) => {
      const { sha } = await openPullRequest(tested)
      await checkOf(tested, sha, red)
      const again = await checkOf(tested, sha, { ...red, outcome: 'success' })

      expect(again.state).toBe('success')
    },
  },
]

const logs: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'reads the log of a red job',
    run: async (tested) => {
      const { sha } = await openPullRequest(tested)
      const log = await tested.forge.readLog(await checkOf(tested, sha, red), 10_000, signal)

      expect(log?.isCut).toBe(false)
      expect(log?.text).toContain('file.c:3: error: what \u00fc is this')
      expect(log?.text).not.toContain('\ufeff')
      expect(log?.text).toContain('last line')
    },
  },
  {
    name: 'knows the steps of a job, or some of them, or none',
    run: async (tested) => {
      const { sha } = await openPullRequest(tested)
      const log = await tested.forge.readLog(await checkOf(tested, sha, red), 10_000, signal)
      const steps = log?.steps.map(({ name, outcome }) => ({ name, outcome })) ?? []

      expect(red.steps).toEqual(expect.arrayContaining(steps))
      expect(steps.length === 0 || steps.some(({ outcome }) => outcome === 'failure')).toBe(true)
    },
  },
  {
    name: 'knows the annotations of a job, or says that it knows none',
    run: async (tested) => {
      const annotations = [
        { level: 'failure', path: 'file.c', line: 3, message: 'what is this' },
      ] as const
      const { sha } = await openPullRequest(tested)
      const check = await checkOf(tested, sha, { ...red, annotations })
      const log = await tested.forge.readLog(check, 10_000, signal)

      // Runners add some of their own, which are about no file.
      const ofFiles = log?.annotations.filter(({ path }) => path !== null)
      expect([[], annotations]).toContainEqual(ofFiles)
    },
  },
  {
    name: 'keeps the end of a log that is too long, by whole lines',
    run: async (tested) => {
      const { sha } = await openPullRequest(tested)
      const lines = Array.from({ length: 5000 }, (_, at) => `line \u00fc ${at}`)
      const check = await checkOf(tested, sha, { ...red, log: `${lines.join('\n')}\n` })
      const log = await tested.forge.readLog(check, 2000, signal)
      const text = log?.text ?? ''

      expect(log?.isCut).toBe(true)
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2000)
      expect(Buffer.byteLength(text)).toBeGreaterThan(1800)
      expect(text).toMatch(/line \u00fc 4999$/m)
      expect(text.split('\n')[0]).toMatch(/line \u00fc \d{4}$/)
      expect(text).not.toContain('\ufffd')
    },
  },
]

const approvals: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'says that CI waits for a person, and where',
    run: async (tested) => {
      const { sha } = await openPullRequest(tested)
      await tested.runJob(sha, { ...red, outcome: 'approval-needed', steps: [], log: '' })
      const { checks, approvalUrl } = await tested.forge.listChecks(sha, signal)
      const states = checks.map(({ state }) => state)

      expect(approvalUrl).toMatch(/^https?:/)
      expect(states.filter((one) => one !== 'approval-needed' && one !== 'pending')).toEqual([])
    },
  },
]

const reruns: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'has red checks run again, and says when there are none',
    run: async (tested) => {
      const nothing = { started: [], left: [] }
      const { sha } = await openPullRequest(tested)
      expect(await tested.forge.rerunChecks(sha, signal)).toEqual(nothing)
      const before = await checkOf(tested, sha, red)
      expect(await tested.forge.rerunChecks(sha, signal)).toEqual({
        started: [before.context],
        left: [],
      })
      expect(await tested.forge.rerunChecks(sha, signal)).toEqual(nothing)

      const { checks } = await tested.forge.listChecks(sha, signal)
      const after = checks.find(({ context }) => context === before.context)
      expect(['pending', 'running']).toContain(after?.state)
      expect(after?.attempt).toBe((before.attempt ?? 1) + 1)
    },
  },
  {
    name: 'names the red statuses that only their writer can change',
    run: async (tested) => {
      const { sha } = await openPullRequest(tested)
      await tested.report(check(sha, 'other/ci', 'failure'))
      expect(await tested.forge.rerunChecks(sha, signal)).toEqual({
        started: [],
        left: ['other/ci'],
      })
    },
  },
]

export const jobCases: readonly ForgeCase[] = [
  ...casesThatNeed(['pullRequests', 'checks', 'jobLogs'], [...results, ...logs]),
  ...casesThatNeed(['pullRequests', 'checks', 'approvals'], approvals).map((one) => ({
    ...one,
    hands: ['approvals' as const],
  })),
  ...casesThatNeed(['pullRequests', 'checks', 'rerun'], reruns),
].map((one): ForgeCase => ({ ...one, hands: ['jobs', ...(one.hands ?? [])] }))

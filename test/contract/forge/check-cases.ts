import { expect } from 'vitest'
import { toSha } from '../../../src/core/ids.ts'
import { casesThatNeed, type ForgeCase } from './forge-under-test.ts'
import { check, headRef, openPullRequest, signal } from './forge-values.ts'

const statuses: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'lists the checks of exactly one commit',
    run: async (tested) => {
      const { sha: old } = await openPullRequest(tested)
      const now = await tested.moveBranch(headRef)
      await tested.report(check(old, 'build', 'failure'))
      await tested.report(check(now, 'build', 'success'))
      await tested.report(check(now, 'test', 'pending'))

      const { checks } = await tested.forge.listChecks(now, signal)
      expect(checks.map(({ context, state }) => `${context} ${state}`).toSorted()).toEqual([
        'build success',
        'test pending',
      ])
      expect(checks.every(({ sha }) => sha === now)).toBe(true)
      expect(await tested.forge.listChecks(old, signal)).toMatchObject({
        checks: [{ state: 'failure' }],
      })
    },
  },
  {
    name: 'gives the last word of a context',
    run: async (tested) => {
      const { sha } = await openPullRequest(tested)
      await tested.report(check(sha, 'build', 'pending'))
      await tested.report(check(sha, 'build', 'failure'))

      expect(await tested.forge.listChecks(sha, signal)).toMatchObject({
        checks: [{ context: 'build', state: 'failure', summary: 'it is failure' }],
      })
    },
  },
  {
    name: 'lists more than a hundred checks',
    run: async (tested) => {
      const { sha } = await openPullRequest(tested)
      for (let count = 0; count < 105; count += 1) {
        await tested.report(check(sha, `build ${count}`, 'success'))
      }
      expect((await tested.forge.listChecks(sha, signal)).checks).toHaveLength(105)
    },
  },
  {
    name: 'says a result of its own, once and then another',
    run: async (tested) => {
      // Some forges know a commit of another repository only by its pull request.
      const { sha } = await openPullRequest(tested)
      const own = { ...check(sha, 'patchferry', 'pending'), targetUrl: 'https://x.example/topic' }
      await tested.forge.setStatus(own, signal)
      await tested.forge.setStatus(own, signal)
      expect((await tested.forge.listChecks(sha, signal)).checks).toMatchObject([
        { origin: 'commit-status', context: 'patchferry', state: 'pending', logId: null },
      ])
      await tested.forge.setStatus({ ...own, state: 'failure', summary: 'l'.repeat(300) }, signal)
      const { checks } = await tested.forge.listChecks(sha, signal)
      expect(checks).toMatchObject([
        { context: 'patchferry', state: 'failure', targetUrl: 'https://x.example/topic' },
      ])
    },
  },
  {
    name: 'has no log of a check that the forge did not run',
    run: async (tested) => {
      const { sha } = await openPullRequest(tested)
      await tested.report(check(sha, 'build', 'failure'))
      const { checks } = await tested.forge.listChecks(sha, signal)
      const [red] = checks

      expect(red).toBeDefined()
      expect(red && (await tested.forge.readLog(red, 1000, signal))).toBeNull()
    },
  },
]

const common: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'has no checks for a commit that nobody tested',
    run: async (tested) => {
      expect(await tested.forge.listChecks(toSha('a'.repeat(40)), signal)).toEqual({
        checks: [],
        approvalUrl: null,
      })
    },
  },
  {
    name: 'has no body length without pull requests, and one with them',
    run: async ({ forge }) => {
      const { pullRequests, maxBodyLength } = forge.capabilities
      expect(maxBodyLength > 0).toBe(pullRequests)
    },
  },
]

export const checkCases: readonly ForgeCase[] = [
  ...casesThatNeed(['pullRequests', 'checks'], statuses),
  ...casesThatNeed([], common),
]

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Check } from '../../src/core/check.ts'
import { type RefName, type Sha, toSha } from '../../src/core/ids.ts'
import type { Forge, ForgeCapabilities, PullRequestSpec } from '../../src/forge/forge.ts'

/** A forge with a branch `refs/heads/main`, and the hands that the suite needs on its other side. */
export interface ForgeUnderTest {
  readonly forge: Forge
  /** Puts `ref` on a commit of its own, as a push would, and gives the commit. */
  moveBranch(ref: RefName): Promise<Sha>
  /** Lets CI report a check. */
  report(check: Check): Promise<void>
  close(): Promise<void>
}

export interface ForgeCase {
  readonly name: string
  /** What a forge must be able to do for the case to make sense. */
  readonly needs: 'pullRequests' | 'draftPullRequests' | 'checks' | null
  /** Fails by a failed expectation. */
  readonly run: (tested: ForgeUnderTest) => Promise<void>
}

const { signal } = new AbortController()
const headRef = 'refs/heads/series/topic-1a2b3c4d5e6f' as RefName
const stable = 'refs/heads/stable' as RefName
const otherRef = 'refs/heads/series/other-6f5e4d3c2b1a' as RefName

const spec: PullRequestSpec = {
  headRef,
  baseRef: 'refs/heads/main' as RefName,
  title: 'Topic',
  body: 'What it does.',
  draft: false,
  labels: ['series/v1'],
}

function check(sha: Sha, context: string, state: Check['state']): Check {
  return {
    origin: 'commit-status',
    context,
    sha,
    state,
    summary: `it is ${state}`,
    targetUrl: null,
    failingStep: null,
    excerpt: '',
    startedAt: null,
    finishedAt: null,
  }
}

async function openPullRequest(tested: ForgeUnderTest, changes = {}): Promise<number> {
  await tested.moveBranch(headRef)
  const { value } = await tested.forge.ensurePullRequest({ ...spec, ...changes }, signal)
  return value.number
}

async function expectEdited(
  tested: ForgeUnderTest,
  changes: Partial<PullRequestSpec>,
): Promise<void> {
  await tested.moveBranch(stable)
  const number = await openPullRequest(tested)
  const changed = { ...spec, ...changes }
  const edited = await tested.forge.ensurePullRequest(changed, signal)

  expect(edited.change).toBe('updated')
  expect(edited.value.number).toBe(number)
  expect(edited.value.title).toBe(changed.title)
  expect(edited.value.baseRef).toBe(changed.baseRef)
  expect((await tested.forge.ensurePullRequest(changed, signal)).change).toBe('unchanged')
}

const pullRequestCases: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'opens a pull request once, then finds it by its head',
    run: async (tested) => {
      const sha = await tested.moveBranch(headRef)
      const first = await tested.forge.ensurePullRequest(spec, signal)
      const second = await tested.forge.ensurePullRequest(spec, signal)

      expect(first.change).toBe('created')
      expect(first.value).toMatchObject({
        state: 'open',
        draft: false,
        title: 'Topic',
        headRef,
        headSha: sha,
        baseRef: spec.baseRef,
      })
      expect(second).toEqual({ change: 'unchanged', value: first.value })
      expect(await tested.forge.getPullRequest(first.value.number, signal)).toEqual(first.value)
    },
  },
  {
    name: 'edits a pull request whose title changed, once',
    run: async (tested) => expectEdited(tested, { title: 'Topic, better' }),
  },
  {
    name: 'edits a pull request whose body changed, once',
    run: async (tested) => expectEdited(tested, { body: 'What else it does.' }),
  },
  {
    name: 'edits a pull request whose baseRef changed, once',
    run: async (tested) => expectEdited(tested, { baseRef: stable }),
  },
  {
    name: 'edits a pull request whose labels changed, once',
    run: async (tested) => expectEdited(tested, { labels: ['series/v2', 'series/conflict'] }),
  },
  {
    name: 'keeps the pull requests of two heads apart',
    run: async (tested) => {
      const first = await openPullRequest(tested)
      await tested.moveBranch(otherRef)
      const second = await tested.forge.ensurePullRequest({ ...spec, headRef: otherRef }, signal)

      expect(second.change).toBe('created')
      expect(second.value.number).not.toBe(first)
    },
  },
  {
    name: 'tells where the head is now',
    run: async (tested) => {
      const number = await openPullRequest(tested)
      const moved = await tested.moveBranch(headRef)

      expect(await tested.forge.getPullRequest(number, signal)).toMatchObject({ headSha: moved })
    },
  },
  {
    name: 'closes a pull request, and again without a fault',
    run: async (tested) => {
      const number = await openPullRequest(tested)
      await tested.forge.closePullRequest(number, signal)
      await tested.forge.closePullRequest(number, signal)

      expect(await tested.forge.getPullRequest(number, signal)).toMatchObject({ state: 'closed' })
    },
  },
  {
    name: 'opens a new pull request after the old one was closed',
    run: async (tested) => {
      const number = await openPullRequest(tested)
      await tested.forge.closePullRequest(number, signal)
      const again = await tested.forge.ensurePullRequest(spec, signal)

      expect(again.change).toBe('created')
      expect(again.value.number).not.toBe(number)
      expect(await tested.forge.getPullRequest(number, signal)).toMatchObject({ state: 'closed' })
    },
  },
  {
    name: 'knows no pull request that was never opened',
    run: async (tested) => {
      expect(await tested.forge.getPullRequest(4711, signal)).toBeNull()
    },
  },
  {
    name: 'keeps one comment per key',
    run: async (tested) => {
      const number = await openPullRequest(tested)
      const { forge } = tested
      const first = await forge.ensureComment(number, 'verdict', 'red', signal)
      const same = await forge.ensureComment(number, 'verdict', 'red', signal)
      const changed = await forge.ensureComment(number, 'verdict', 'green', signal)

      expect(first.change).toBe('created')
      expect(same).toEqual({ change: 'unchanged', value: first.value })
      expect(changed).toEqual({ change: 'updated', value: first.value })
    },
  },
  {
    name: 'keeps comments apart whose keys begin alike, or that are on two pull requests',
    run: async (tested) => {
      const number = await openPullRequest(tested)
      const { forge } = tested
      await tested.moveBranch(otherRef)
      const other = await forge.ensurePullRequest({ ...spec, headRef: otherRef }, signal)
      await forge.ensureComment(number, 'range-diff-v1', 'x', signal)

      expect((await forge.ensureComment(number, 'range-diff', 'x', signal)).change).toBe('created')
      expect((await forge.ensureComment(number, 'range-diff-v12', 'x', signal)).change).toBe(
        'created',
      )
      const elsewhere = await forge.ensureComment(other.value.number, 'range-diff', 'x', signal)
      expect(elsewhere.change).toBe('created')
    },
  },
  {
    name: 'takes keys of any characters',
    run: async (tested) => {
      const number = await openPullRequest(tested)
      for (const key of ['mail <a--b@x>', 'a --> b', 'a=b "c"', '\u00fc/%2F']) {
        const first = await tested.forge.ensureComment(number, key, 'x', signal)
        const second = await tested.forge.ensureComment(number, key, 'x', signal)

        expect(first.change).toBe('created')
        expect(second).toEqual({ change: 'unchanged', value: first.value })
      }
    },
  },
  {
    name: 'does not believe a marker that a text brings along',
    run: async (tested) => {
      const number = await openPullRequest(tested)
      const forged = 'see\n<!-- patchferry key=verdict -->\nbelow'
      await tested.forge.ensureComment(number, 'mail', forged, signal)

      const verdict = await tested.forge.ensureComment(number, 'verdict', 'green', signal)
      expect(verdict.change).toBe('created')
      const mail = await tested.forge.ensureComment(number, 'mail', forged, signal)
      expect(mail.change).toBe('unchanged')
    },
  },
  {
    name: 'does nothing when the signal has aborted',
    run: async (tested) => {
      await tested.moveBranch(headRef)
      const stopped = AbortSignal.abort(new Error('enough'))

      await expect(tested.forge.ensurePullRequest(spec, stopped)).rejects.toThrow('enough')
      expect((await tested.forge.ensurePullRequest(spec, signal)).change).toBe('created')
    },
  },
]

const draftCases: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'opens a draft, and makes it ready',
    run: async (tested) => {
      await openPullRequest(tested, { draft: true })
      const ready = await tested.forge.ensurePullRequest(spec, signal)

      expect(ready).toMatchObject({ change: 'updated', value: { draft: false } })
    },
  },
]

const checkCases: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'lists the checks of exactly one commit',
    run: async (tested) => {
      const [old, now] = [await tested.moveBranch(headRef), await tested.moveBranch(headRef)]
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
      const sha = await tested.moveBranch(headRef)
      await tested.report(check(sha, 'build', 'pending'))
      await tested.report(check(sha, 'build', 'failure'))

      expect(await tested.forge.listChecks(sha, signal)).toMatchObject({
        checks: [{ context: 'build', state: 'failure', summary: 'it is failure' }],
      })
    },
  },
]

const commonCases: readonly Omit<ForgeCase, 'needs'>[] = [
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

export const forgeCases: readonly ForgeCase[] = [
  ...pullRequestCases.map((one) => ({ ...one, needs: 'pullRequests' as const })),
  ...draftCases.map((one) => ({ ...one, needs: 'draftPullRequests' as const })),
  ...checkCases.map((one) => ({ ...one, needs: 'checks' as const })),
  ...commonCases.map((one) => ({ ...one, needs: null })),
]

/**
 * What every forge driver must do; call it from the driver's own test file. Cases that ask more than the forge can do
 * are skipped by name, and then what it cannot do must be refused.
 */
export function describeForgeContract(
  name: string,
  capabilities: ForgeCapabilities,
  open: () => Promise<ForgeUnderTest>,
): void {
  describe(`${name} keeps the forge contract:`, () => {
    let tested: ForgeUnderTest
    beforeEach(async () => {
      tested = await open()
    })
    afterEach(async () => {
      await tested.close()
    })

    it('says of itself what it can', () => {
      expect(tested.forge.capabilities).toEqual(capabilities)
    })

    for (const { name: sentence, needs, run } of forgeCases) {
      const can = needs === null || capabilities[needs]
      const reason = can ? '' : ` (skipped: this forge has no ${needs})`
      it.skipIf(!can)(`${sentence}${reason}`, async () => {
        await expect(run(tested)).resolves.toBeUndefined()
      })
    }

    it.runIf(!capabilities.pullRequests)('refuses what it cannot do', async () => {
      const { forge } = tested
      const calls = [
        forge.ensurePullRequest(spec, signal),
        forge.getPullRequest(1, signal),
        forge.closePullRequest(1, signal),
        forge.ensureComment(1, 'verdict', 'x', signal),
      ]
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toMatchObject({
          status: 'rejected',
          reason: { code: 'FORGE_UNSUPPORTED', retry: 'never' },
        })
      }
    })
  })
}

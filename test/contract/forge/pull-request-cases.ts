import { expect } from 'vitest'
import type { RefName } from '../../../src/core/ids.ts'
import type { PullRequestSpec } from '../../../src/forge/forge.ts'
import { casesThatNeed, type ForgeCase, type ForgeUnderTest } from './forge-under-test.ts'
import {
  headRef,
  openPullRequest,
  otherRef,
  signal,
  spec,
  stable,
  timeless,
} from './forge-values.ts'

async function expectEdited(
  tested: ForgeUnderTest,
  changes: Partial<PullRequestSpec>,
): Promise<void> {
  await tested.moveBranch(stable)
  const { number } = await openPullRequest(tested)
  const changed = { ...spec, ...changes }
  const edited = await tested.forge.ensurePullRequest(changed, signal)

  expect(edited.change).toBe('updated')
  expect(edited.value).toMatchObject({
    number,
    title: changed.title,
    body: changed.body,
    baseRef: changed.baseRef,
    labels: changed.labels.toSorted(),
  })
  expect((await tested.forge.ensurePullRequest(changed, signal)).change).toBe('unchanged')
}

const opening: readonly Omit<ForgeCase, 'needs'>[] = [
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
        body: 'What it does.',
        headRef,
        headSha: sha,
        baseRef: spec.baseRef,
        labels: ['series/v1'],
      })
      expect(second.change).toBe('unchanged')
      expect(timeless(second.value)).toEqual(timeless(first.value))
      const got = await tested.forge.getPullRequest(first.value.number, signal)
      expect(got === null ? null : timeless(got)).toEqual(timeless(first.value))
    },
  },
  {
    name: 'finds what is there also when it is told that there is none, or is told the number',
    run: async (tested) => {
      const { number } = await openPullRequest(tested, { number: null })
      for (const hint of [null, number]) {
        const again = await tested.forge.ensurePullRequest({ ...spec, number: hint }, signal)
        expect(again).toMatchObject({ change: 'unchanged', value: { number } })
      }
    },
  },
  {
    name: 'opens another one when the number it is told is closed or of another head',
    run: async (tested) => {
      const { number: closed } = await openPullRequest(tested)
      await tested.forge.closePullRequest(closed, signal)
      const { number: other } = await openPullRequest(tested, { headRef: otherRef })
      const opened = await tested.forge.ensurePullRequest({ ...spec, number: closed }, signal)
      const same = await tested.forge.ensurePullRequest({ ...spec, number: other }, signal)

      expect(opened.change).toBe('created')
      expect([closed, other]).not.toContain(opened.value.number)
      expect(same).toMatchObject({
        change: 'unchanged',
        value: { number: opened.value.number, headRef },
      })
    },
  },
  {
    name: 'keeps the pull requests of two heads apart',
    run: async (tested) => {
      const first = await openPullRequest(tested)
      await tested.moveBranch(otherRef)
      const second = await tested.forge.ensurePullRequest({ ...spec, headRef: otherRef }, signal)

      expect(second.change).toBe('created')
      expect(second.value.number).not.toBe(first.number)
    },
  },
  {
    name: 'takes a body of the greatest length',
    run: async (tested) => {
      const body = 'x'.repeat(tested.forge.capabilities.maxBodyLength)
      const { number } = await openPullRequest(tested, { body })

      expect(await tested.forge.getPullRequest(number, signal)).toMatchObject({ body })
      expect((await tested.forge.ensurePullRequest({ ...spec, body }, signal)).change).toBe(
        'unchanged',
      )
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

const editing: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'edits a pull request whose title changed, once',
    run: async (tested) => expectEdited(tested, { title: 'Topic, better' }),
  },
  {
    name: 'edits a pull request whose body changed, once',
    run: async (tested) => expectEdited(tested, { body: 'What else it does.\n\nAnd why.' }),
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
    name: 'edits a pull request that has lost all its labels, once',
    run: async (tested) => expectEdited(tested, { labels: [] }),
  },
  {
    name: 'edits of a pull request that was just seen only what is given, once',
    run: async (tested) => {
      const { forge } = tested
      const { number } = await openPullRequest(tested)
      const seen = await forge.getPullRequest(number, signal)
      expect(seen).not.toBeNull()
      if (seen === null) {
        return
      }
      expect((await forge.editPullRequest(seen, { title: seen.title }, signal)).change).toBe(
        'unchanged',
      )
      const labelled = await forge.editPullRequest(seen, { labels: ['series/v2'] }, signal)
      const edited = await forge.editPullRequest(labelled.value, { body: 'Else.' }, signal)

      expect(edited.change).toBe('updated')
      expect(edited.value).toMatchObject({ number, title: seen.title, labels: ['series/v2'] })
      const now = await forge.getPullRequest(number, signal)
      expect(now).toMatchObject({ title: seen.title, body: 'Else.', labels: ['series/v2'] })
      expect(now && (await forge.editPullRequest(now, { body: 'Else.' }, signal)).change).toBe(
        'unchanged',
      )
    },
  },
  {
    name: 'leaves the labels of people alone',
    hands: ['people'],
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      await tested.allow('alice', 'write')
      await tested.label(number, 'alice', 'needs-work')
      const moved = await tested.forge.ensurePullRequest({ ...spec, labels: ['series/v2'] }, signal)
      const bare = await tested.forge.ensurePullRequest({ ...spec, labels: [] }, signal)

      expect(moved.value.labels).toEqual(['needs-work', 'series/v2'])
      expect(bare.value.labels).toEqual(['needs-work'])
    },
  },
  {
    name: 'tells where the head is now',
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      const moved = await tested.moveBranch(headRef)

      expect(await tested.forge.getPullRequest(number, signal)).toMatchObject({ headSha: moved })
    },
  },
]

const closing: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'closes a pull request, and again without a fault',
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      await tested.forge.closePullRequest(number, signal)
      await tested.forge.closePullRequest(number, signal)

      expect(await tested.forge.getPullRequest(number, signal)).toMatchObject({ state: 'closed' })
    },
  },
  {
    name: 'opens a new pull request after the old one was closed',
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      await tested.forge.closePullRequest(number, signal)
      const again = await tested.forge.ensurePullRequest(spec, signal)

      expect(again.change).toBe('created')
      expect(again.value.number).not.toBe(number)
      expect(await tested.forge.getPullRequest(number, signal)).toMatchObject({ state: 'closed' })
    },
  },
  {
    name: 'leaves closed what a person closed, and opens a new one for the next version',
    hands: ['people'],
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      await tested.closeAsPerson(number)
      const next = await openPullRequest(tested)

      expect(next.number).not.toBe(number)
      expect(await tested.forge.getPullRequest(number, signal)).toMatchObject({ state: 'closed' })
    },
  },
]

const finding: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'knows no pull request that was never opened',
    run: async (tested) => {
      const never = 'refs/heads/series/never-opened' as RefName
      expect(await tested.forge.getPullRequest(99_999_999, signal)).toBeNull()
      expect(await tested.forge.findPullRequests(never, signal)).toEqual([])
    },
  },
  {
    name: 'finds all pull requests of a head, newest first',
    run: async (tested) => {
      const before = await tested.forge.findPullRequests(headRef, signal)
      const old = await openPullRequest(tested)
      await tested.forge.closePullRequest(old.number, signal)
      await openPullRequest(tested, { headRef: otherRef })
      const now = await openPullRequest(tested)
      const found = await tested.forge.findPullRequests(headRef, signal)

      expect(found.slice(2)).toHaveLength(before.length)
      expect(found.slice(0, 2).map(({ number, state }) => ({ number, state }))).toEqual([
        { number: now.number, state: 'open' },
        { number: old.number, state: 'closed' },
      ])
    },
  },
  {
    name: 'lists the open pull requests, oldest first',
    run: async (tested) => {
      const first = await openPullRequest(tested)
      const second = await openPullRequest(tested, { headRef: otherRef })
      const third = await openPullRequest(tested, { headRef: stable })
      await tested.forge.closePullRequest(second.number, signal)

      const numbers = [first, second, third].map(({ number }) => number)
      const listed = await tested.forge.openPullRequests(signal)
      const own = listed.filter(({ number }) => numbers.includes(number))
      expect(own.map(({ number, headSha }) => ({ number, sha: headSha }))).toEqual([first, third])
      expect(own[0]).toMatchObject({ state: 'open', headRef, labels: ['series/v1'] })
    },
  },
  {
    name: 'lists sixty open pull requests',
    hands: ['crowds'],
    timeoutMs: 300_000,
    run: async (tested) => {
      const before = await tested.forge.openPullRequests(signal)
      const opened: number[] = []
      for (let count = 0; count < 60; count += 1) {
        const ref = `refs/heads/series/many-${count}` as RefName
        const { number } = await openPullRequest(tested, { headRef: ref, labels: [], number: null })
        opened.push(number)
      }
      const listed = await tested.forge.openPullRequests(signal)
      expect(listed.map(({ number }) => number).slice(before.length)).toEqual(opened)
    },
  },
]

const drafts: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'opens a draft, makes it ready, and a draft again',
    run: async (tested) => {
      const { number } = await openPullRequest(tested, { draft: true })
      const { forge } = tested
      expect(await forge.getPullRequest(number, signal)).toMatchObject({
        draft: true,
        title: spec.title,
      })
      for (const draft of [false, true]) {
        const moved = await forge.ensurePullRequest({ ...spec, draft }, signal)
        expect(moved).toMatchObject({ change: 'updated', value: { number, draft } })
        const again = await forge.ensurePullRequest({ ...spec, draft }, signal)
        expect(again.change).toBe('unchanged')
      }
    },
  },
]

export const pullRequestCases: readonly ForgeCase[] = [
  ...casesThatNeed(['pullRequests'], [...opening, ...editing, ...closing, ...finding]),
  ...casesThatNeed(['pullRequests', 'draftPullRequests'], drafts),
]

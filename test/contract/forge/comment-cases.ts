import { expect } from 'vitest'
import { casesThatNeed, type ForgeCase } from './forge-under-test.ts'
import { openPullRequest, otherRef, signal, spec } from './forge-values.ts'

const writing: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'keeps one comment per key',
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      const { forge } = tested
      const first = await forge.ensureComment(number, 'verdict', 'red', signal)
      const same = await forge.ensureComment(number, 'verdict', 'red', signal)
      const changed = await forge.ensureComment(number, 'verdict', 'green', signal)

      expect(first.change).toBe('created')
      expect(same).toEqual({ change: 'unchanged', value: first.value })
      expect(changed).toEqual({ change: 'updated', value: first.value })
      expect(await forge.listComments(number, null, signal)).toHaveLength(1)
    },
  },
  {
    name: 'keeps comments apart whose keys begin alike, or that are on two pull requests',
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
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
      const { number } = await openPullRequest(tested)
      for (const key of ['mail <a--b@x>', 'a --> b', 'a=b "c"', '\u00fc/%2F', 'k'.repeat(300)]) {
        const first = await tested.forge.ensureComment(number, key, 'x', signal)
        const second = await tested.forge.ensureComment(number, key, 'x', signal)

        expect(first.change).toBe('created')
        expect(second).toEqual({ change: 'unchanged', value: first.value })
      }
    },
  },
  {
    name: 'finds its comment among more than a hundred',
    hands: ['people'],
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      for (let count = 0; count < 105; count += 1) {
        await tested.comment(number, 'alice', `remark ${count}`)
      }
      const { value } = await tested.forge.ensureComment(number, 'verdict', 'red', signal)
      const again = await tested.forge.ensureComment(number, 'verdict', 'red', signal)

      expect(again).toEqual({ change: 'unchanged', value })
      expect(await tested.forge.listComments(number, null, signal)).toHaveLength(106)
    },
  },
  {
    name: 'takes a comment of the greatest length',
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      const body = 'y'.repeat(tested.forge.capabilities.maxBodyLength)
      const written = await tested.forge.ensureComment(number, 'k'.repeat(300), body, signal)

      expect(written.change).toBe('created')
      const [comment] = await tested.forge.listComments(number, null, signal)
      expect(comment?.body).toContain(body)
    },
  },
  {
    name: 'does not believe a marker that a text brings along',
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      const forged = 'see\n<!-- patchferry key=verdict -->'
      await tested.forge.ensureComment(number, 'mail', forged, signal)

      const verdict = await tested.forge.ensureComment(number, 'verdict', 'green', signal)
      expect(verdict.change).toBe('created')
      const mail = await tested.forge.ensureComment(number, 'mail', forged, signal)
      expect(mail.change).toBe('unchanged')
    },
  },
  {
    name: 'does not believe a marker that somebody else writes',
    hands: ['people'],
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      await tested.comment(number, 'alice', 'mine\n\n<!-- patchferry key=verdict -->')

      const verdict = await tested.forge.ensureComment(number, 'verdict', 'green', signal)
      expect(verdict.change).toBe('created')
      const comments = await tested.forge.listComments(number, null, signal)
      expect(comments.map(({ key }) => key)).toEqual([null, 'verdict'])
    },
  },
]

const reading: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'lists the comments of people and its own, oldest first',
    hands: ['people'],
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      await tested.comment(number, 'alice', '/retest')
      const { value: own } = await tested.forge.ensureComment(number, 'a key', 'done', signal)
      const comments = await tested.forge.listComments(number, null, signal)

      expect(comments).toMatchObject([
        { author: { login: 'alice', isBot: false }, body: '/retest', key: null },
        { id: own, key: 'a key' },
      ])
      expect(new Set(comments.map(({ url }) => url)).size).toBe(2)
    },
  },
  {
    name: 'lists no comments that are older than what is asked for',
    run: async (tested) => {
      const { number } = await openPullRequest(tested)
      await tested.forge.ensureComment(number, 'verdict', 'red', signal)
      const [comment] = await tested.forge.listComments(number, null, signal)
      const writtenAt = comment?.updatedAt.getTime() ?? Number.NaN

      expect(
        await tested.forge.listComments(number, new Date(writtenAt - 60_000), signal),
      ).toHaveLength(1)
      expect(await tested.forge.listComments(number, new Date(writtenAt + 60_000), signal)).toEqual(
        [],
      )
    },
  },
  {
    name: 'knows what an account may do',
    hands: ['people'],
    run: async (tested) => {
      const { forge } = tested
      expect(await forge.permissionOf('alice', signal)).toBe('read')
      for (const permission of ['write', 'admin'] as const) {
        await tested.allow('alice', permission)
        expect(await forge.permissionOf('alice', signal)).toBe(permission)
      }
    },
  },
  {
    name: 'gives an account that does not exist no permission',
    run: async ({ forge }) => {
      expect(await forge.permissionOf('nobody-of-this-name-4711', signal)).toBe('none')
    },
  },
]

export const commentCases: readonly ForgeCase[] = casesThatNeed(
  ['pullRequests'],
  [...writing, ...reading],
)

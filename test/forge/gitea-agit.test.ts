import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RefName } from '../../src/core/ids.ts'
import { headRef, openPullRequest, otherRef, signal, spec } from '../contract/forge/forge-values.ts'
import { type GiteaUnderTest, openGiteaUnderTest } from '../support/fake-gitea/gitea-under-test.ts'

describe.each(['Forgejo 15', 'Gitea 1.25', 'Forgejo 16'] as const)(
  'pull requests that were made by AGit on %s',
  (version) => {
    let tested: GiteaUnderTest
    beforeEach(async () => {
      tested = await openGiteaUnderTest(version, 'agit')
    })
    afterEach(async () => {
      await tested.close()
    })

    function bodyThere(number: number): string {
      return tested.fake.world.repositories.get('people/project')?.pulls.get(number)?.body ?? ''
    }

    it('are told apart by their topics, and keep them through every edit', async () => {
      const { forge } = tested
      const first = await openPullRequest(tested)
      const second = await openPullRequest(tested, { headRef: otherRef, title: 'Other' })
      const [seen] = await forge.findPullRequests(headRef, signal)
      if (seen === undefined) {
        throw new Error('it was not found')
      }
      const edited = await forge.editPullRequest(seen, { body: 'Another text.' }, signal)

      expect(edited).toMatchObject({ change: 'updated', value: { body: 'Another text.', headRef } })
      const open = await forge.openPullRequests(signal)
      expect(open.map((pull) => [pull.number, pull.headRef, pull.body])).toEqual([
        [first.number, headRef, 'Another text.'],
        [second.number, otherRef, spec.body],
      ])
      expect(bodyThere(first.number).includes('<!-- patchferry key=head')).toBe(
        version !== 'Forgejo 16',
      )
    })

    it('are found when one of the same topic was closed before', async () => {
      const old = await openPullRequest(tested)
      await tested.forge.closePullRequest(old.number, signal)
      const now = await openPullRequest(tested)
      const found = await tested.forge.findPullRequests(headRef, signal)

      expect(found.map(({ number, state, headSha }) => [number, state, headSha])).toEqual([
        [now.number, 'open', now.sha],
        [old.number, 'closed', old.sha],
      ])
    })

    it('are not made by the API: there is no branch', async () => {
      const never = 'refs/heads/series/never-pushed-000000000000' as RefName

      await expect(
        tested.forge.ensurePullRequest({ ...spec, headRef: never, number: null }, signal),
      ).rejects.toMatchObject({ code: 'FORGE_NOT_FOUND' })
    })
  },
)

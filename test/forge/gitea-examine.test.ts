import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Forge } from '../../src/forge/forge.ts'
import { openGiteaForge } from '../../src/forge/gitea/gitea-forge.ts'
import { openPullRequest, signal, spec } from '../contract/forge/forge-values.ts'
import { type GiteaUnderTest, openGiteaUnderTest } from '../support/fake-gitea/gitea-under-test.ts'
import { memoryLogger } from '../support/memory-log.ts'

const upstream = 'people/project'

describe('an account of the bot on Forgejo', () => {
  let tested: GiteaUnderTest
  beforeEach(async () => {
    tested = await openGiteaUnderTest('Forgejo 16', 'fork')
  })
  afterEach(async () => {
    await tested.close()
  })

  function openAs(token: string, heads = 'patchferry/project'): Promise<Forge> {
    const [owner = '', name = ''] = heads.split('/')
    return openGiteaForge(
      {
        url: tested.fake.url,
        repository: { owner: 'people', name: 'project' },
        heads: { owner, name },
        token: async () => token,
        clock: () => new Date(),
        log: memoryLogger(),
      },
      signal,
    )
  }

  async function levels(forge: Forge): Promise<Record<string, string>> {
    const found = await forge.examine(signal)
    return Object.fromEntries(found.map(({ what, level }) => [what, level]))
  }

  it('that can do everything is found to be so', async () => {
    expect(await levels(tested.forge)).toEqual({
      account: 'ok',
      version: 'ok',
      repository: 'ok',
      fork: 'ok',
      'write:repository': 'ok',
      'write:issue': 'ok',
    })
  })

  it('with a token of too little scope is told which one is missing', async () => {
    tested.fake.world.scopes.set(tested.token, ['read:user', 'write:repository'])
    const found = await tested.forge.examine(signal)

    expect(found.filter(({ level }) => level !== 'ok')).toMatchObject([
      {
        what: 'write:issue',
        level: 'failing',
        remedy: expect.stringContaining('write:issue') as string,
      },
    ])
  })

  it('with a token that is not good is told of all that fails', async () => {
    expect(await levels(await openAs('not-a-token'))).toMatchObject({
      account: 'failing',
      repository: 'failing',
    })
  })

  it.each([
    ['is archived', 'repository', 'failing'],
    ['has no Actions', 'actions', 'warning'],
  ])('is told that the repository %s', async (which, what, level) => {
    const there = tested.fake.world.repositories.get(upstream)
    Object.assign(there ?? {}, which === 'is archived' ? { archived: true } : { hasActions: false })

    expect(await levels(tested.forge)).toMatchObject({ [what]: level })
  })

  it('is told of a fork that is none, or is not there', async () => {
    await tested.fake.addRepository('patchferry/unrelated')

    expect(await levels(await openAs(tested.token, 'patchferry/unrelated'))).toMatchObject({
      fork: 'failing',
    })
    expect(await levels(await openAs(tested.token, 'patchferry/absent'))).toMatchObject({
      fork: 'failing',
    })
  })

  it('that may only read makes pull requests, without labels', async () => {
    await tested.allow('patchferry', 'read')
    const { number } = await openPullRequest(tested)
    const again = await tested.forge.ensurePullRequest({ ...spec, labels: ['series/v2'] }, signal)

    expect(again).toMatchObject({ change: 'unchanged', value: { number, labels: [] } })
    expect(await levels(tested.forge)).toMatchObject({ permission: 'warning', fork: 'ok' })
  })

  it.each([
    ['alice', 'read'],
    ['bob', 'write'],
    ['people', 'write'],
    ['nobody', 'none'],
  ] as const)(
    'that does not administer learns by who can be assigned that %s may %s',
    async (login, may) => {
      await tested.allow('patchferry', 'write')
      await tested.allow('bob', 'write')

      expect(await tested.forge.permissionOf(login, signal)).toBe(may)
    },
  )
})

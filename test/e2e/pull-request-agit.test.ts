import { describe, expect, it, onTestFinished } from 'vitest'
import { openGiteaForge } from '../../src/forge/gitea/gitea-forge.ts'
import { createLogger } from '../../src/log/logger.ts'
import { demoWorlds } from '../support/demo-world.ts'
import { openFakeGitea } from '../support/fake-gitea/fake-gitea.ts'
import { losingForge } from '../support/losing-forge.ts'
import { arriveOwn, ownPatch } from '../support/own-series.ts'
import { openPullBench, topicsOf } from '../support/pull-bench.ts'

const worlds = demoWorlds()
const { signal } = new AbortController()
const log = createLogger({ level: 'error', destination: { write: () => true }, secrets: [] })
const mirror = 'people/project'
const fork = 'patchferry/project'

function version(name: string, counter: string, adds: string): ReturnType<typeof ownPatch> {
  const parent = name === 'one' ? {} : { inReplyTo: 'one' }
  const minute = Number(counter.slice(1))
  return ownPatch({ name, counter, subject: 'greet: say hi', file: 'hi', adds, minute, ...parent })
}

describe('a topic on Forgejo, without a branch', () => {
  it('is one pull request that a push makes and moves, with its refs in the fork of the bot', async () => {
    const world = await worlds.fresh()
    const fake = await openFakeGitea('Forgejo 16')
    onTestFinished(() => fake.close())
    for (const login of ['people', 'patchferry']) {
      fake.world.accounts.add(login)
    }
    await fake.addRepository(mirror)
    await fake.addFork(mirror, fork)
    fake.world.accounts.allow(mirror, 'patchferry', 'admin')
    const token = fake.world.accounts.token('patchferry')
    const { forge, loseAnswerOf } = losingForge(
      await openGiteaForge(
        {
          url: fake.url,
          repository: { owner: 'people', name: 'project' },
          heads: null,
          token: async () => token,
          clock: () => new Date(),
          log,
        },
        signal,
      ),
    )
    const authorization = `Basic ${Buffer.from(`patchferry:${token}`).toString('base64')}`
    const bench = openPullBench(
      world,
      forge,
      { placement: 'agit' },
      {
        mirror: { url: `${fake.url}/${mirror}.git`, authorization },
        heads: { url: `${fake.url}/${fork}.git`, authorization },
      },
    )
    loseAnswerOf('ensurePullRequest')
    await arriveOwn(world, version('one', 'v1', 'hi'))
    await bench.pass()
    await bench.pass()
    const [first] = await forge.openPullRequests(signal)
    expect(first).toMatchObject({ number: 1, title: 'greet: say hi' })

    await arriveOwn(world, version('two', 'v2', 'hello'))
    await bench.pass()
    await bench.pass()
    const open = await forge.openPullRequests(signal)
    expect(open).toMatchObject([{ number: 1, labels: ['series/success', 'series/v2'] }])
    expect(open[0]?.headSha).not.toBe(first?.headSha)
    expect(open[0]?.body).toContain(`git fetch ${fake.url}/${fork}.git refs/series/`)
    expect(await forge.listComments(1, null, signal)).toHaveLength(1)
    expect(await topicsOf(bench)).toMatchObject([{ branch: null, pullRequest: 1 }])

    const there = [...fake.world.git.refs(mirror).keys()]
    expect(there.filter((ref) => !ref.startsWith('refs/pull/'))).toEqual(['refs/heads/main'])
    const ours = [...fake.world.git.refs(fork).keys()]
    expect(ours.filter((ref) => ref.startsWith('refs/series/'))).toEqual([
      expect.stringMatching(/\/v1-1$/),
      expect.stringMatching(/\/v2-1$/),
    ])
    expect(ours.filter((ref) => ref.startsWith('refs/heads/series/'))).toEqual([])
    expect(bench.failures).toHaveLength(1)
  }, 120_000)
})

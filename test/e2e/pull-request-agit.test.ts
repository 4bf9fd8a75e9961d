import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { rebuild } from '../../src/flow/recovery/rebuild.ts'
import type { Forge } from '../../src/forge/forge.ts'
import { openGiteaForge } from '../../src/forge/gitea/gitea-forge.ts'
import { createLogger } from '../../src/log/logger.ts'
import { demoWorlds } from '../support/demo-world.ts'
import { type FakeGitea, openFakeGitea } from '../support/fake-gitea/fake-gitea.ts'
import { closePull } from '../support/fake-gitea/pull-life.ts'
import { losingForge } from '../support/losing-forge.ts'
import { arriveOwn, ownId, ownPatch } from '../support/own-series.ts'
import { openPullBench, type PullBench, published, topicsOf } from '../support/pull-bench.ts'

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

interface Scene {
  readonly fake: FakeGitea
  readonly bench: PullBench
  readonly forge: Forge
  readonly loseAnswerOf: (call: keyof Forge) => void
  readonly arrive: (...mails: readonly ReturnType<typeof version>[]) => Promise<void>
  /** The store is gone, and is made again of what is left. */
  readonly loseStore: () => Promise<void>
}

async function start(): Promise<Scene> {
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
  return {
    fake,
    bench,
    forge,
    loseAnswerOf,
    async arrive(...mails) {
      await arriveOwn(world, ...mails)
      await bench.pass()
      await bench.pass()
    },
    async loseStore() {
      await rm(path.join(world.directory, 'state/store.sqlite'))
      await bench.with((ports) => rebuild(ports, () => undefined, signal))
      await bench.pass()
    },
  }
}

describe('a topic on Forgejo, without a branch', () => {
  it('is one pull request that a push makes and moves, with its refs in the fork of the bot', async () => {
    const { fake, bench, forge, loseAnswerOf, arrive } = await start()
    loseAnswerOf('ensurePullRequest')
    await arrive(version('one', 'v1', 'hi'))
    const [first] = await forge.openPullRequests(signal)
    expect(first).toMatchObject({ number: 1, title: 'greet: say hi' })

    await arrive(version('two', 'v2', 'hello'))
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

  it('stays closed where a person closed it, also when the store is made again, until a newer version', async () => {
    const { fake, bench, forge, arrive, loseStore } = await start()
    await arrive(version('one', 'v1', 'hi'))
    const repository = fake.world.repositories.get(mirror)
    const pull = repository?.pulls.get(1)
    if (repository === undefined || pull === undefined) {
      throw new Error('there is no pull request 1')
    }
    closePull(fake.world, repository, pull, 'people')
    async function pulls(): Promise<readonly string[]> {
      const { headRef } = (await forge.getPullRequest(1, signal)) ?? { headRef: null }
      const found = headRef === null ? [] : await forge.findPullRequests(headRef, signal)
      return found.map(({ number, state }) => `#${number} ${state}`).toSorted()
    }
    await loseStore()
    await bench.pass()
    expect(await pulls()).toEqual(['#1 closed'])
    expect((await published(bench, ownId('one'))).join('\n')).toContain('#1 was closed by somebody')

    await arrive(version('two', 'v2', 'hello'))
    expect(await pulls()).toEqual(['#1 closed', '#2 open'])
    expect((await forge.getPullRequest(2, signal))?.body).toContain('It follows #1')
    await loseStore()
    expect(await pulls()).toEqual(['#1 closed', '#2 open'])
    expect(await topicsOf(bench)).toMatchObject([{ branch: null, pullRequest: 2 }])
    expect(await forge.listComments(2, null, signal)).toEqual([])
  }, 120_000)
})

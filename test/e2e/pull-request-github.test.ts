import { afterEach, describe, expect, it } from 'vitest'
import type { TopicId } from '../../src/core/ids.ts'
import { withdraw } from '../../src/flow/acts/operator-acts.ts'
import { openGithubForge } from '../../src/forge/github/open-github-forge.ts'
import { createLogger } from '../../src/log/logger.ts'
import { demoWorlds } from '../support/demo-world.ts'
import { type FakeGithub, openFakeGithub } from '../support/fake-github/open-fake-github.ts'
import { type LosingForge, losingForge } from '../support/losing-forge.ts'
import { arriveOwn, ownPatch } from '../support/own-series.ts'
import { openPullBench, type PullBench, topicsOf } from '../support/pull-bench.ts'

const worlds = demoWorlds()
const { signal } = new AbortController()
const log = createLogger({ level: 'error', destination: { write: () => true }, secrets: [] })

function version(name: string, counter: string, adds: string): ReturnType<typeof ownPatch> {
  const parent = name === 'one' ? {} : { inReplyTo: 'one' }
  const minute = Number(counter.slice(1))
  return ownPatch({ name, counter, subject: 'greet: say hi', file: 'hi', adds, minute, ...parent })
}

interface Scene extends LosingForge {
  readonly github: FakeGithub
  readonly bench: PullBench
  readonly arrive: (mail: ReturnType<typeof ownPatch>) => Promise<void>
}

const opened: FakeGithub[] = []

async function start(): Promise<Scene> {
  const world = await worlds.fresh()
  const github = await openFakeGithub({ placement: 'fork' })
  opened.push(github)
  const { apiUrl, mirror: repository, heads, token, url } = github
  const auth = { kind: 'token', token: async () => token } as const
  const losing = losingForge(
    openGithubForge({ apiUrl, repository, heads, auth, clock: () => new Date(), log }),
  )
  const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  const bench = openPullBench(
    world,
    losing.forge,
    { placement: 'fork' },
    {
      mirror: { url: `${url}/${repository.owner}/${repository.name}.git`, authorization },
      heads: { url: `${url}/${heads.owner}/${heads.name}.git`, authorization },
    },
  )
  return {
    ...losing,
    github,
    bench,
    arrive: async (mail) => {
      await arriveOwn(world, mail)
      await bench.pass()
    },
  }
}

describe('a topic on GitHub, in a fork of the bot', () => {
  afterEach(async () => {
    for (const github of opened.splice(0)) {
      await github.close()
    }
  })

  it('is one pull request from v1 to its end, with no comment twice, whoever dies in between', async () => {
    const { forge, loseAnswerOf, bench, arrive } = await start()
    loseAnswerOf('ensurePullRequest')
    await arrive(version('one', 'v1', 'hi'))
    await bench.pass()
    loseAnswerOf('ensureComment')
    await arrive(version('two', 'v2', 'hello'))
    await bench.pass()
    const [topic] = await topicsOf(bench)
    expect(topic).toMatchObject({ pullRequest: 1, version: '2' })
    const open = await forge.openPullRequests(signal)
    expect(open).toMatchObject([
      {
        number: 1,
        title: 'greet: say hi',
        labels: ['series/success', 'series/v2'],
        headRef: topic?.branch,
      },
    ])

    await bench.with((ports) => withdraw(topic?.topic as TopicId, 'no', 'ada', ports, signal))
    await bench.pass()
    const all = await forge.findPullRequests(open[0]?.headRef ?? ('' as never), signal)
    expect(all.map(({ number, state }) => [number, state])).toEqual([[1, 'closed']])
    const comments = await forge.listComments(1, null, signal)
    expect(comments.map(({ body }) => body.split('\n')[0])).toEqual([
      expect.stringMatching(/^Version 2 is here/),
      'This series was withdrawn: no',
    ])
  }, 120_000)

  it('that a person closed is opened anew by the next version only', async () => {
    const { forge, github, bench, arrive } = await start()
    await arrive(version('one', 'v1', 'hi'))
    const [first] = await forge.openPullRequests(signal)
    await github.closeAsPerson(1)
    await bench.pass()
    expect(await forge.openPullRequests(signal)).toEqual([])

    await arrive(version('two', 'v2', 'hello'))
    expect(await forge.openPullRequests(signal)).toMatchObject([
      { number: 2, headRef: first?.headRef, body: expect.stringContaining('It follows #1') },
    ])
    expect(bench.failures).toEqual([])
  }, 120_000)
})

import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { explain } from '../../../src/flow/acts/inspect.ts'
import { link, undoLink, unlink } from '../../../src/flow/acts/link-acts.ts'
import { rebuild } from '../../../src/flow/recovery/rebuild.ts'
import { demoWorlds } from '../../support/demo-world.ts'
import { type MemoryForge, memoryForge } from '../../support/memory-forge.ts'
import { arriveOwn, ownId, ownPatch } from '../../support/own-series.ts'
import { openPullBench, type PullBench, published, topicsOf } from '../../support/pull-bench.ts'

const worlds = demoWorlds()
const { signal } = new AbortController()
const said = { reason: 'they say so', by: 'mina' }

const first = ownPatch({ name: 'one', subject: 'greet: say hi', file: 'hi', adds: 'hi' })
const second = ownPatch({
  name: 'two',
  counter: 'v2',
  subject: 'greet: say hi',
  file: 'hi',
  adds: 'hello',
  inReplyTo: 'one',
  minute: 30,
})
/** A second version that no rule takes for one. */
const stray = ownPatch({
  name: 'stray',
  counter: 'v2',
  subject: 'welcome everybody warmly',
  file: 'welcome',
  adds: 'be welcome',
  minute: 40,
})

interface Scene extends MemoryForge {
  readonly bench: PullBench
  readonly arrive: (...mails: readonly (typeof first)[]) => Promise<void>
  readonly rebuild: () => Promise<void>
  readonly topicOf: (name: string) => Promise<string>
  /** Series branches of the mirror, by the commit they are at. */
  readonly branches: () => readonly string[]
  readonly git: (...args: readonly string[]) => string
}

async function start(): Promise<Scene> {
  const world = await worlds.fresh()
  const forge = memoryForge(world.mirror)
  const bench = openPullBench(world, forge.forge)
  function git(...args: readonly string[]): string {
    const env = {
      PATH: process.env['PATH'],
      GIT_AUTHOR_NAME: 'Somebody',
      GIT_AUTHOR_EMAIL: 'somebody@example.org',
      GIT_COMMITTER_NAME: 'Somebody',
      GIT_COMMITTER_EMAIL: 'somebody@example.org',
    }
    return execFileSync('git', ['-C', world.mirror, ...args], { encoding: 'utf8', env }).trim()
  }
  return {
    ...forge,
    bench,
    git,
    async arrive(...mails) {
      await arriveOwn(world, ...mails)
      await bench.pass()
    },
    async rebuild() {
      await rm(path.join(world.directory, 'state/store.sqlite'))
      await bench.with((ports) => rebuild(ports, () => undefined, signal))
    },
    async topicOf(name) {
      const record = await bench.with(({ store }) =>
        store.read((reader) => reader.seriesOf(ownId(name) as never)),
      )
      return record?.topic ?? ''
    },
    branches: () =>
      git('for-each-ref', '--format=%(refname)', 'refs/heads/series/').split('\n').filter(Boolean),
  }
}

describe('a version that a person moves to another topic', () => {
  it('takes its own pull request away with the reason, and shows on the other one', async () => {
    const { bench, arrive, pulls, comments, branches, topicOf, rebuild: loseStore } = await start()
    await arrive(first)
    await arrive(stray)
    await bench.pass()
    expect(pulls()).toMatchObject([{ state: 'open' }, { state: 'open' }])

    const topic = await topicOf('one')
    const strayTopic = await topicOf('stray')
    const linked = await bench.with((ports) => link(ownId('stray'), topic, said, ports, signal))
    expect(linked).toMatchObject({ outcome: 'done' })
    await bench.pass()
    await bench.pass()

    expect(pulls()).toMatchObject([
      {
        number: 1,
        state: 'open',
        title: 'welcome everybody warmly',
        labels: expect.arrayContaining(['series/v2']),
      },
      { number: 2, state: 'closed' },
    ])
    expect(comments(2).map(({ body }) => body)).toEqual([expect.stringContaining('#1')])
    expect(comments(1)).toHaveLength(1)
    const away = await bench.with(({ store }) => explain(strayTopic, store))
    expect(away?.at(-1)).toMatchObject({
      rule: 'moved',
      result: `version 2 belongs to topic ${topic} now`,
    })
    expect(branches()).toEqual([expect.stringContaining(topic)])
    const told = (await published(bench, ownId('stray'))).join('\n')
    expect(told).not.toContain('closed-by-person')
    expect(bench.failures).toEqual([])

    await loseStore()
    await bench.pass()
    await bench.pass()
    expect(pulls()).toMatchObject([{ state: 'open' }, { state: 'closed' }])
    expect([...comments(1), ...comments(2)]).toHaveLength(2)

    const undone = await bench.with((ports) => undoLink(ownId('stray'), said, ports, signal))
    expect(undone).toMatchObject({ outcome: 'done' })
    await bench.pass()
    await bench.pass()
    expect(pulls()).toMatchObject([
      {
        number: 1,
        state: 'open',
        title: 'greet: say hi',
        labels: expect.arrayContaining(['series/v1']),
      },
      { number: 2, state: 'closed' },
      { number: 3, state: 'open', title: 'welcome everybody warmly' },
    ])
    expect(bench.failures).toEqual([])
  }, 120_000)

  it('gets one of its own where it is unlinked, and leaves the other at the version before', async () => {
    const { bench, arrive, pulls, comments, branches } = await start()
    await arrive(first)
    await arrive(second)
    await bench.pass()
    const done = await bench.with((ports) => unlink(ownId('two'), said, ports, signal))
    expect(done).toMatchObject({ outcome: 'done' })
    await bench.pass()
    await bench.pass()
    expect(pulls()).toMatchObject([
      { number: 1, state: 'open', labels: ['series/success', 'series/v1'] },
      { number: 2, state: 'open', labels: ['series/success', 'series/v2'] },
    ])
    expect(branches()).toHaveLength(2)
    expect(comments(1).map(({ body }) => body.split('\n')[0])).toEqual([
      expect.stringMatching(/^Version 2 is here/),
      expect.stringMatching(/^Version 1 is here/),
    ])
    expect(bench.failures).toEqual([])
  }, 120_000)
})

describe('a series branch that a person pushes to', () => {
  it('is left as it is, which is said once, and takes no version until they give it back', async () => {
    const { bench, arrive, pulls, comments, git, takeCalls } = await start()
    await arrive(first)
    await bench.pass()
    const [pull] = pulls()
    const branch = pull?.headRef ?? ''
    const own = git('rev-parse', branch)
    const theirs = git('commit-tree', '-p', own, '-m', 'a fix of mine', `${own}^{tree}`)
    git('update-ref', branch, theirs)

    await bench.pass()
    await bench.pass()
    await bench.pass()
    expect(git('rev-parse', branch)).toBe(theirs)
    expect(pulls()).toMatchObject([{ state: 'open', headSha: theirs }])
    expect((await topicsOf(bench))[0]).toMatchObject({ state: 'problem' })
    const once = (await published(bench, ownId('one'))).filter((one) => one.startsWith('foreign'))
    expect(once).toEqual([
      expect.stringMatching(/#1 is at .*, which nobody here pushed: left alone/),
    ])
    takeCalls()
    await bench.pass()
    expect(takeCalls()).toEqual(['openPullRequests'])

    await arrive(second)
    await bench.pass()
    expect(git('rev-parse', branch)).toBe(theirs)
    expect((await topicsOf(bench))[0]).toMatchObject({ state: 'problem', version: '2' })
    expect((await published(bench, ownId('two'))).join('\n')).toContain('left alone')
    expect(comments(1)).toEqual([])

    git('update-ref', branch, own)
    await bench.pass()
    await bench.pass()
    expect(pulls()).toMatchObject([
      { number: 1, state: 'open', labels: ['series/success', 'series/v2'] },
    ])
    expect(git('rev-parse', branch)).not.toBe(own)
    expect(comments(1).map(({ body }) => body.split('\n')[0])).toEqual([
      expect.stringMatching(/^Version 2 is here/),
    ])
    expect((await topicsOf(bench))[0]).toMatchObject({ state: 'success', version: '2' })
  }, 120_000)
})

import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TopicId } from '../../../src/core/ids.ts'
import { withdraw } from '../../../src/flow/acts/operator-acts.ts'
import { rebuild } from '../../../src/flow/recovery/rebuild.ts'
import { demoWorlds } from '../../support/demo-world.ts'
import { type MemoryForge, memoryForge } from '../../support/memory-forge.ts'
import { arriveOwn, ownId, ownPatch } from '../../support/own-series.ts'
import { openPullBench, type PullBench, published, topicsOf } from '../../support/pull-bench.ts'

const worlds = demoWorlds()
const { signal } = new AbortController()

const first = ownPatch({ name: 'one', subject: 'greet: say hi', file: 'hi', adds: 'hi @bob' })
const second = ownPatch({
  name: 'two',
  counter: 'v2',
  subject: 'greet: say hi',
  file: 'hi',
  adds: 'hello',
  inReplyTo: 'one',
  minute: 30,
})
const broken = ownPatch({
  name: 'three',
  counter: 'v3',
  subject: 'greet: say hi',
  file: 'hi',
  before: ['never', 'there', 'at', 'all'],
  adds: 'hey',
  inReplyTo: 'two',
  minute: 50,
})

interface Scene extends MemoryForge {
  readonly bench: PullBench
  readonly arrive: (...mails: readonly (typeof first)[]) => Promise<void>
  /** The store is gone, and is made again of what is left. */
  readonly rebuild: () => Promise<void>
}

async function start(): Promise<Scene> {
  const world = await worlds.fresh()
  const forge = memoryForge(world.mirror)
  const bench = openPullBench(world, forge.forge)
  return {
    ...forge,
    bench,
    async arrive(...mails) {
      await arriveOwn(world, ...mails)
      await bench.pass()
    },
    async rebuild() {
      await rm(path.join(world.directory, 'state/store.sqlite'))
      await bench.with((ports) => rebuild(ports, () => undefined, signal))
    },
  }
}

async function withdrawFirst(bench: PullBench, reason: string): Promise<void> {
  const [topic] = await topicsOf(bench)
  await bench.with((ports) => withdraw(topic?.topic as TopicId, reason, 'ada', ports, signal))
  await bench.pass()
}

describe('the pull request of a topic', () => {
  it('is opened, moved with one comment and closed with the reason, once, whatever answer is lost', async () => {
    const { bench, arrive, pulls, comments, loseAnswerOf, takeCalls } = await start()
    loseAnswerOf('ensurePullRequest')
    loseAnswerOf('editPullRequest')
    await arrive(first)
    await bench.pass()
    expect(pulls()).toMatchObject([
      {
        number: 1,
        state: 'open',
        title: 'greet: say hi',
        draft: false,
        baseRef: 'refs/heads/main',
        labels: ['series/success', 'series/v1'],
      },
    ])
    expect(pulls()[0]?.body).toContain(`\`${ownId('one')}\``)

    loseAnswerOf('ensureComment')
    await arrive(second)
    await bench.pass()
    expect(pulls()).toMatchObject([{ number: 1, labels: ['series/success', 'series/v2'] }])
    expect(comments(1).map(({ body }) => body)).toEqual([
      expect.stringMatching(
        /^Version 2 is here, on `main`.*\n\nSince version 1: 1 patch new and 1 patch dropped\./,
      ),
    ])
    expect(await topicsOf(bench)).toMatchObject([{ pullRequest: 1, state: 'success' }])
    takeCalls()
    await bench.pass()
    expect(takeCalls()).toEqual(['openPullRequests'])

    loseAnswerOf('closePullRequest')
    await withdrawFirst(bench, 'not needed')
    await bench.pass()
    expect(pulls()).toMatchObject([{ number: 1, state: 'closed' }])
    expect(comments(1).map(({ body }) => body)).toEqual([
      expect.anything(),
      'This series was withdrawn: not needed',
    ])
    const rules = (await published(bench, ownId('one'))).map((said) => said.split(':')[0])
    expect(rules.filter((rule) => rule === 'pull-request-found')).toHaveLength(1)
    expect(rules).not.toContain('pull-request-opened')
    expect(rules.at(-1)).toBe('pull-request-closed')
    expect(bench.failures).toHaveLength(4)
  }, 60_000)

  it('that a person closed stays closed until a newer version, which opens another', async () => {
    const { bench, arrive, pulls, edit, comments, rebuild: loseStore } = await start()
    await arrive(first)
    edit(1, { state: 'closed' })
    expect((await published(bench, ownId('one')))[1]).toBe(
      'pull-request-opened: #1 https://forge.example/pulls/1',
    )
    await bench.pass()
    expect(await published(bench, ownId('one'))).toContain(
      'pull-request-closed-by-person: #1 was closed by somebody: left so until there is a newer version',
    )
    await loseStore()
    await bench.pass()
    expect(pulls()).toMatchObject([{ number: 1, state: 'closed' }])

    await arrive(second)
    expect(pulls()).toMatchObject([
      { number: 1, state: 'closed' },
      { number: 2, state: 'open', body: expect.stringContaining('It follows #1') },
    ])
    expect([...comments(1), ...comments(2)]).toEqual([])
    await loseStore()
    expect(await topicsOf(bench)).toMatchObject([{ pullRequest: 2 }])
    await bench.pass()
    expect(pulls()).toHaveLength(2)
    expect(bench.failures).toEqual([])
  }, 60_000)

  it('keeps what people changed, and shows the old version where a new one does not apply', async () => {
    const { bench, arrive, pulls, edit, comments } = await start()
    await arrive(first)
    edit(1, { title: 'A better title', labels: ['bug', 'series/success'] })
    await arrive(second)
    expect(pulls()).toMatchObject([
      { title: 'A better title', labels: ['bug', 'series/success', 'series/v2'] },
    ])

    await arrive(broken)
    expect(pulls()).toMatchObject([{ labels: ['bug', 'series/conflict', 'series/v2'] }])
    const said = comments(1).map(({ body }) => body)
    expect(said).toHaveLength(2)
    expect(said[1]).toContain('Version 3 does not apply: patch 1 conflicts in `hi`')
    expect(said[1]).toContain('Until a version comes that applies, this shows version 2.')
    await bench.pass()
    expect(comments(1)).toHaveLength(2)
  }, 60_000)
})

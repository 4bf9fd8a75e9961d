import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { demoWorlds } from '../../support/demo-world.ts'
import { memoryForge } from '../../support/memory-forge.ts'
import { arriveOwn, ownId, ownPatch } from '../../support/own-series.ts'
import { openPullBench, published } from '../../support/pull-bench.ts'

const worlds = demoWorlds()

const parent = ownPatch({ name: 'parent', subject: 'greet: say hi', file: 'hi', adds: 'hi' })
const child = ownPatch({
  name: 'child',
  subject: 'greet: say more',
  file: 'hi',
  before: ['hi'],
  adds: 'more',
  below: [`Depends-on: <${ownId('parent')}>`],
  minute: 10,
})

/** What a maintainer does: takes the mail into upstream's branch. */
function merge(directory: string, raw: string): void {
  const clone = path.join(directory, 'maintainer')
  const who = ['-c', 'user.name=Mo', '-c', 'user.email=mo@example.org']
  execFileSync('git', ['clone', '--quiet', path.join(directory, 'upstream.git'), clone])
  execFileSync('git', [...who, '-C', clone, 'am', '--quiet'], { input: raw })
  execFileSync('git', ['-C', clone, 'push', '--quiet', 'origin', 'HEAD:main'])
}

describe('a series that is built on another', () => {
  it('is a draft on the branch of that one, until it is merged, which closes that one', async () => {
    const world = await worlds.fresh()
    const { forge, pulls, comments } = memoryForge(world.mirror)
    const bench = openPullBench(world, forge)
    await arriveOwn(world, parent)
    await bench.pass()
    await arriveOwn(world, child)
    await bench.pass()
    const [below] = pulls()
    expect(pulls()).toMatchObject([
      { number: 1, draft: false, baseRef: 'refs/heads/main' },
      {
        number: 2,
        draft: true,
        baseRef: below?.headRef,
        body: expect.stringContaining('It depends on #1, and is a draft until that one is merged.'),
      },
    ])

    merge(world.directory, parent.raw)
    await bench.pass()
    expect(comments(1).map(({ body }) => body)).toEqual([
      'All patches of this series are on `main`, so this is done.',
    ])
    expect(pulls()).toMatchObject([
      { number: 1, state: 'closed' },
      { number: 2, state: 'open', draft: false, baseRef: 'refs/heads/main' },
    ])
    expect(pulls()[1]?.body).not.toContain('It depends on')
    expect((await published(bench, ownId('parent'))).at(-1)).toBe(
      'pull-request-closed: #1 closed: merged',
    )
    expect(bench.failures).toEqual([])
  }, 60_000)

  it('stays on the version it was made for when that one gets a newer, and says so, until it gets its own', async () => {
    const world = await worlds.fresh()
    const { forge, pulls, comments } = memoryForge(world.mirror)
    const bench = openPullBench(world, forge)
    await arriveOwn(world, parent)
    await bench.pass()
    await arriveOwn(world, child)
    await bench.pass()
    const [, before] = pulls()

    const changed = { counter: 'v2', file: 'hi', adds: 'hello', minute: 20 }
    await arriveOwn(
      world,
      ownPatch({ ...changed, name: 'parent-2', subject: 'greet: say hi', inReplyTo: 'parent' }),
    )
    await bench.pass()
    await bench.pass()
    expect(pulls()).toMatchObject([
      { number: 1, labels: expect.arrayContaining(['series/v2']) },
      {
        number: 2,
        draft: true,
        headSha: before?.headSha,
        // The branch below has other commits now.
        baseRef: 'refs/heads/main',
        body: expect.stringContaining(
          'It stays on version 1 of that one, although version 2 is here: a new version of its own moves it.',
        ),
      },
    ])
    expect(comments(2)).toEqual([])
    async function told(): Promise<readonly string[]> {
      const said = await published(bench, ownId('child'))
      return said.filter((line) => line.startsWith('stays-below: '))
    }
    expect(await told()).toEqual([expect.stringContaining('stays on version 1 of topic ')])
    await bench.pass()
    expect(await told()).toHaveLength(1)

    await arriveOwn(
      world,
      ownPatch({
        name: 'child-2',
        subject: 'greet: say more',
        counter: 'v2',
        inReplyTo: 'child',
        file: 'hi',
        before: ['hello'],
        adds: 'more',
        below: [`Depends-on: <${ownId('parent-2')}>`],
        minute: 30,
      }),
    )
    await bench.pass()
    await bench.pass()
    const [below, moved] = pulls()
    expect(moved).toMatchObject({ number: 2, draft: true, baseRef: below?.headRef })
    expect(moved?.body).not.toContain('It stays on version')
    expect(bench.failures).toEqual([])
  }, 60_000)
})

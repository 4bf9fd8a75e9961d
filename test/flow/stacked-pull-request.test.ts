import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { demoWorlds } from '../support/demo-world.ts'
import { memoryForge } from '../support/memory-forge.ts'
import { arriveOwn, ownId, ownPatch } from '../support/own-series.ts'
import { openPullBench, published } from '../support/pull-bench.ts'

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
})

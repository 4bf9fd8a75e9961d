import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, it } from 'vitest'
import { demoWorlds } from '../support/demo-world.ts'
import { memoryForge } from '../support/memory-forge.ts'
import { arriveOwn, ownId, ownPatch } from '../support/own-series.ts'
import { openPullBench } from '../support/pull-bench.ts'
import { testGitEnvironment } from '../support/test-repo.ts'

const worlds = demoWorlds()

it('has series on upstream’s own commits, and stacked ones aimed at the branch that has CI', async () => {
  const world = await worlds.fresh()
  function git(repository: string, ...args: readonly string[]): string {
    const options = { encoding: 'utf8', env: testGitEnvironment() } as const
    return execFileSync('git', ['-C', repository, ...args], options).trim()
  }
  const upstream = git(path.join(world.directory, 'upstream.git'), 'rev-parse', 'main')
  const { forge, pulls } = memoryForge(world.mirror)
  const content = Buffer.from('on: pull_request\n')
  const bench = openPullBench(
    world,
    forge,
    {},
    {
      overlay: async () => [{ path: '.github/workflows/ci.yml', mode: '100644', content }],
    },
  )
  await arriveOwn(
    world,
    ownPatch({ name: 'lower', subject: 'lower: one', file: 'list', adds: 'one' }),
  )
  await bench.pass()
  await arriveOwn(
    world,
    ownPatch({
      name: 'upper',
      subject: 'upper: two',
      file: 'list',
      before: ['one'],
      adds: 'two',
      message: [`Depends-on: <${ownId('lower')}>`],
      minute: 1,
    }),
  )
  await bench.pass()

  expect(git(world.mirror, 'rev-parse', 'main^')).toBe(upstream)
  expect(git(world.mirror, 'diff', '--name-only', 'main^', 'main')).toBe('.github/workflows/ci.yml')
  expect(git(world.mirror, 'rev-parse', `refs/mail/${ownId('lower')}^`)).toBe(upstream)
  expect(git(world.mirror, 'rev-parse', `refs/mail/${ownId('upper')}^^`)).toBe(upstream)
  expect(pulls().map(({ title, baseRef, draft }) => [title, baseRef, draft])).toEqual([
    ['lower: one', 'refs/heads/main', false],
    ['upper: two', 'refs/heads/main', true],
  ])
  expect(bench.failures).toEqual([])
}, 60_000)

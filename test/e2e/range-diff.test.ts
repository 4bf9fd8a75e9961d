import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { deliver } from '../../src/app/demo/set-up.ts'
import { gitText } from '../../src/git/cli/run-git.ts'
import { arriveAll, demoWorlds } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

const worlds = demoWorlds(async (world) => {
  await arriveAll(world)
  await runHere(['sync', '--config', world.config])
  for (const mail of world.scenario.acts[1]?.mails ?? []) {
    await deliver(world.inbox, '1700000001.second.test', mail.raw)
  }
  await runHere(['sync', '--config', world.config])
})

const twice = 'cheerful-v1-1@contributor.example'
const once = 'usage-1@contributor.example'
const sha = /^[0-9a-f]{40}$/

describe('patchferry range-diff', () => {
  it('compares the last two versions, as one document of exactly these keys', async () => {
    const { config } = worlds.shared()
    const end = await runHere(['range-diff', '--json', '--config', config, twice])
    const [comparison = {}] = jsonLines(end.stdout)

    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(Object.keys(comparison)).toEqual(['topic', 'before', 'after', 'patches', 'rangeDiff'])
    const point = { base: expect.stringMatching(sha), head: expect.stringMatching(sha) }
    expect(comparison).toMatchObject({
      topic: expect.stringMatching(/^[0-9a-f]{12}$/),
      before: { version: '1', ...point },
      after: { version: '2', ...point },
      patches: [
        {
          before: 1,
          beforeSha: expect.stringMatching(sha),
          after: 1,
          afterSha: expect.stringMatching(sha),
          status: '!',
          subject: expect.stringMatching(/./),
        },
      ],
      rangeDiff: expect.stringMatching(/^1: {2}[0-9a-f]+ ! 1: {2}[0-9a-f]+ /),
    })
  })

  it('finds the commits on the mirror when they are not here any more', async () => {
    const world = await worlds.fresh()
    const args = ['range-diff', '--json', '--config', world.config, twice]
    const before = await runHere(args)
    await rm(path.join(world.directory, 'state/repositories'), { recursive: true })

    expect(await runHere(args)).toEqual(before)
    // What upstream has is borrowed from the store, as ever.
    const [repository = ''] = await readdir(path.join(world.directory, 'state/repositories'))
    const at = { gitDir: path.join(world.directory, 'state/repositories', repository) }
    const listed = await gitText(['count-objects', '-v'], at)
    expect(listed).toMatch(/^alternate: .*\/upstreams\/[0-9a-f]{16}\.git\/objects$/m)
  })

  it('compares the versions that are named, in that order, and prints what git prints', async () => {
    const { config } = worlds.shared()
    const end = await runHere(['range-diff', '--config', config, twice, 'v2', 'v1'])

    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.stdout).toMatch(/^1: {2}[0-9a-f]+ ! 1: {2}[0-9a-f]+ /)
  })

  it.each([
    ['an unknown topic', ['nobody@example.org'], /there is no topic nobody@example\.org/],
    ['a topic of one version', [once], /two applied versions are needed; there are: v1$/m],
    ['a version that never came', [twice, 'v1', 'v7'], /there are: v1, v2$/m],
  ])('exits 1 for %s', async (_, args, says) => {
    const { config } = worlds.shared()
    const end = await runHere(['range-diff', '--config', config, ...args])

    expect(end).toMatchObject({ exitCode: 1, stdout: '' })
    expect(end.stderr).toMatch(says)
  })
})

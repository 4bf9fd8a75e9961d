import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing, readRefs } from '../../src/app/demo/verify.ts'
import { arrive, changeConfig, demoWorlds, mailOf } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

const usage = 'usage-1@contributor.example'
const languages = ['1', '2', '3'].map((n) => `languages-${n}@contributor.example`)

const worlds = demoWorlds(async (world) => {
  await changeConfig(
    world,
    'success: author-and-list',
    'success: author-and-list\n      merged: author',
  )
})

/** One pass of the service; gives the kinds of the reports that are out then. */
async function sync(world: DemoWorld): Promise<readonly string[]> {
  expect(await runHere(['sync', '--config', world.config])).toMatchObject({ exitCode: 0 })
  return (await readOutgoing(world.outgoing)).map(({ kind }) => kind).toSorted()
}

/** What a maintainer does: takes these mails into upstream's branch. */
function merge(world: DemoWorld, ...ids: readonly string[]): void {
  const clone = path.join(world.directory, 'maintainer')
  const upstream = path.join(world.directory, 'upstream.git')
  const who = ['-c', 'user.name=Mo', '-c', 'user.email=mo@example.org']
  execFileSync('git', ['clone', '--quiet', upstream, clone])
  for (const id of ids) {
    execFileSync('git', [...who, '-C', clone, 'am', '--quiet'], { input: mailOf(world, id) })
  }
  execFileSync('git', ['-C', clone, 'push', '--quiet', 'origin', 'HEAD:main'])
  execFileSync('rm', ['-r', clone])
}

async function states(world: DemoWorld): Promise<readonly unknown[]> {
  const { stdout } = await runHere(['status', '--json', '--config', world.config])
  return jsonLines(stdout)
    .flatMap(({ topics }) => topics as readonly { readonly state: string }[])
    .map(({ state }) => state)
}

async function merges(world: DemoWorld, messageId: string): Promise<readonly unknown[]> {
  const { stdout } = await runHere(['explain', '--json', messageId, '--config', world.config])
  return jsonLines(stdout)
    .filter(({ step, rule }) => step === 'publish' && rule === 'merged')
    .map(({ result }) => result)
}

async function rebuild(world: DemoWorld): Promise<void> {
  await rm(path.join(world.directory, 'state/store.sqlite'))
  expect(await runHere(['rebuild', '--config', world.config])).toMatchObject({ exitCode: 0 })
}

describe('a series that is merged after it was tested', () => {
  it('is merged, and that is reported once, in a rebuilt store too', async () => {
    const world = await worlds.fresh()
    await arrive(world, usage)
    expect(await sync(world)).toEqual(['success'])

    merge(world, usage)
    expect(await sync(world)).toEqual(['merged', 'success'])
    expect(await states(world)).toEqual(['merged'])
    expect(await merges(world, usage)).toEqual([
      expect.stringMatching(/^every patch is on refs\/heads\/main, which is at [0-9a-f]{40}$/),
    ])

    const refs = await readRefs(world.mirror)
    expect(await sync(world)).toEqual(['merged', 'success'])
    expect(await merges(world, usage)).toHaveLength(1)

    await rebuild(world)
    await sync(world)
    expect(await sync(world)).toEqual(['merged', 'success'])
    expect(await states(world)).toEqual(['merged'])
    expect(await readRefs(world.mirror)).toEqual(refs)
  }, 40_000)

  it('is found by a rebuilt store that never saw the branch move', async () => {
    const world = await worlds.fresh()
    await arrive(world, usage)
    expect(await sync(world)).toEqual(['success'])
    merge(world, usage)
    await rebuild(world)
    await sync(world)
    expect(await sync(world)).toEqual(['merged', 'success'])
    expect(await states(world)).toEqual(['merged'])
  }, 40_000)

  it('is not merged before its last patch is', async () => {
    const world = await worlds.fresh()
    await arrive(world, 'languages-0@contributor.example', ...languages)
    expect(await sync(world)).toEqual(['success'])

    merge(world, ...languages.slice(0, 2))
    expect(await sync(world)).toEqual(['success'])
    expect(await states(world)).toEqual(['success'])

    merge(world, ...languages.slice(2))
    expect(await sync(world)).toEqual(['merged', 'success'])
    expect(await states(world)).toEqual(['merged'])
  }, 40_000)

  it('says nothing of a version that a newer one has overtaken', async () => {
    const world = await worlds.fresh()
    await arrive(world, 'cheerful-v1-1@contributor.example', 'cheerful-v2-1@contributor.example')
    const before = await sync(world)
    const [state] = await states(world)

    merge(world, 'cheerful-v1-1@contributor.example')
    expect(await sync(world)).toEqual(before)
    expect(await states(world)).toEqual([state])
  }, 40_000)
})

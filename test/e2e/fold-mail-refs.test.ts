import { rm } from 'node:fs/promises'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readRefs } from '../../src/app/demo/verify.ts'
import { systemClock } from '../../src/app/open-log.ts'
import { openRuntime } from '../../src/app/runtime.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { foldMailRefs } from '../../src/flow/publish/fold-mail-refs.ts'
import { gitText } from '../../src/git/cli/run-git.ts'
import { arrive, changeConfig, demoWorlds, sync } from '../support/demo-world.ts'
import { memoryLogger } from '../support/memory-log.ts'
import { runHere } from '../support/run-patchferry.ts'

const cover = 'languages-0@contributor.example'
const patches = ['1', '2', '3'].map((n) => `languages-${n}@contributor.example`)
const failing = 'cheerful-v1-1@contributor.example'
const mended = 'cheerful-v2-1@contributor.example'
const { signal } = new AbortController()

const worlds = demoWorlds()

async function refsIn(world: DemoWorld, folder: string): Promise<readonly string[]> {
  return [...(await readRefs(world.mirror)).keys()].filter((ref) => ref.startsWith(folder))
}

async function refOf(world: DemoWorld, ...ids: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await runHere(['ref', '--config', world.config, ...ids])
  return stdout.trim().split('\n')
}

/** The day after, as far as tidying up knows. */
async function syncTomorrow(world: DemoWorld): Promise<void> {
  const database = new Sqlite(path.join(world.directory, 'state/store.sqlite'))
  database
    .prepare("update source_cursor set cursor = '2020-01-01T00:00:00.000Z' where source = 'tidied'")
    .run()
  database.close()
  await sync(world)
}

it('folds old refs of mails into the tags of their series, and nothing brings them back', async () => {
  const world = await worlds.fresh()
  await arrive(world, cover, ...patches, failing)
  const reports = await sync(world)
  expect(await refsIn(world, 'refs/mail/')).toHaveLength(5)
  const tags = await refsIn(world, 'refs/series/')
  const old = await refsIn(world, 'refs/mail/')
  async function foldedOnes(): Promise<readonly string[]> {
    return (await refsIn(world, 'refs/mail/')).filter((ref) => old.includes(ref))
  }

  await syncTomorrow(world)
  expect(await refsIn(world, 'refs/mail/')).toHaveLength(5)
  expect(await refOf(world, cover)).toEqual([`refs/mail/${cover}`])

  await changeConfig(world, 'projects:\n', 'retention:\n  mailRefs: 1s\nprojects:\n')
  expect(await refOf(world, cover)).toEqual([`refs/mail/${cover}`])
  await syncTomorrow(world)
  expect(await refsIn(world, 'refs/mail/')).toEqual([])
  expect(await refsIn(world, 'refs/series/')).toEqual(tags)
  const said = await refOf(world, cover, ...patches, 'nobody@example.org')
  expect(new Set(said)).toEqual(new Set([said[0], 'refs/mail/nobody@example.org']))
  expect(tags).toContain(said[0])
  // The tag names the commit of the mail.
  const text = await gitText(['cat-file', 'tag', said[1] ?? ''], { gitDir: world.mirror })
  expect(text).toContain(`"${patches[0] ?? ''}"`)

  // It is one of several, and stays folded where the configuration says nothing of it any more.
  await changeConfig(world, 'retention:\n  mailRefs: 1s\n', '')
  const listed = await runHere(['ref', '--json', '--config', world.config, ...patches])
  const documents = listed.stdout.trim().split('\n')
  for (const [index, document] of documents.entries()) {
    expect(JSON.parse(document)).toEqual({
      messageId: patches[index],
      ref: said[0],
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    })
    expect(text).toContain((JSON.parse(document) as { readonly commit: string }).commit)
  }
  expect(new Set(documents).size).toBe(patches.length)
  await changeConfig(world, 'projects:\n', 'retention:\n  mailRefs: 1s\nprojects:\n')

  // A newer version is young; testing an old one again does not make its refs anew.
  await arrive(world, mended)
  await sync(world)
  expect(await refsIn(world, 'refs/mail/')).toEqual([`refs/mail/${mended}`])
  expect(await runHere(['retest', cover, '--config', world.config])).toMatchObject({ exitCode: 0 })
  await sync(world)
  expect(await refsIn(world, 'refs/mail/')).toEqual([`refs/mail/${mended}`])

  // The mirror is lost, then the store.
  const refs = await refsIn(world, 'refs/series/')
  await rm(world.mirror, { recursive: true })
  await gitText(['init', '--quiet', '--bare', '--initial-branch=main', world.mirror])
  await syncUntil(world, refs)
  expect(await foldedOnes()).toEqual([])
  await rm(path.join(world.directory, 'state/store.sqlite'))
  expect(await runHere(['rebuild', '--config', world.config])).toMatchObject({ exitCode: 0 })
  expect(await sync(world)).toHaveLength(reports.length + 1)
  expect(await foldedOnes()).toEqual([])
}, 240_000)

async function syncUntil(world: DemoWorld, refs: readonly string[]): Promise<void> {
  await expect
    .poll(
      async () => {
        await sync(world)
        return refsIn(world, 'refs/series/')
      },
      { timeout: 120_000, interval: 300 },
    )
    .toEqual(refs)
}

it('goes on where it was killed, and leaves alone what somebody moved', async () => {
  const world = await worlds.fresh()
  await changeConfig(world, 'projects:\n', 'retention:\n  mailRefs: 1s\nprojects:\n')
  await arrive(world, cover, ...patches, failing)
  await sync(world)
  const moved = `refs/mail/${patches[0] ?? ''}`
  await gitText(['update-ref', moved, 'refs/heads/main'], { gitDir: world.mirror })
  const config = await loadConfig(world.config, {})
  const runtime = await openRuntime(config, { clock: systemClock, log: memoryLogger() })
  const [project] = runtime.ports.projects
  if (project === undefined) {
    throw new Error('the demo has a project')
  }
  const ports = { ...runtime.ports, clock: () => new Date(Date.now() + 60_000) }
  const dying = {
    ...project,
    git: {
      ...project.git,
      async pushEach(...args: Parameters<typeof project.git.pushEach>) {
        await project.git.pushEach(...args)
        throw new Error('killed')
      },
    },
  }
  try {
    await expect(foldMailRefs(dying, ports, signal)).rejects.toThrow('killed')
    expect(await refsIn(world, 'refs/mail/')).toEqual([moved])
    expect(await foldMailRefs(project, ports, signal)).toBe(0)
    expect(await foldMailRefs(project, ports, signal)).toBe(0)
    expect(await refsIn(world, 'refs/mail/')).toEqual([moved])
  } finally {
    await runtime.close()
  }
  expect((await refOf(world, cover))[0]).toMatch(/^refs\/series\//)
}, 120_000)

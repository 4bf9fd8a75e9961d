import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { readOutgoing, readRefs } from '../../src/app/demo/verify.ts'
import { arrive, arriveDated, demoWorlds, sync } from '../support/demo-world.ts'
import { type Ended, jsonLines, runHere } from '../support/run-patchferry.ts'

const usage = 'usage-1@contributor.example'
const held = 'workflow-1@contributor.example'
const failing = 'cheerful-v1-1@contributor.example'
const mended = 'cheerful-v2-1@contributor.example'
const conflicting = 'polite-1@contributor.example'
const young = ['nordic-1@contributor.example', 'nordic-2@contributor.example']

/** With a first backup, so that the next one adds to it. */
const worlds = demoWorlds(async (world) => {
  await arrive(world, usage)
  await sync(world)
  await patchferry(world, 'backup', './backup')
})

async function patchferry(world: DemoWorld, ...args: readonly string[]): Promise<Ended> {
  return runHere([...args, '--config', world.config], { cwd: world.directory })
}

async function backUp(world: DemoWorld): Promise<void> {
  expect(await patchferry(world, 'backup', './backup')).toMatchObject({ exitCode: 0, stderr: '' })
}

/** The machine is gone; what lies elsewhere is left: list, mirror, backup, configuration and secrets. */
async function loseMachine(world: DemoWorld): Promise<void> {
  await rm(path.join(world.directory, 'state'), { recursive: true })
}

/** Message-ID that is answered -> state in the outbox. */
async function outbox(world: DemoWorld): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await patchferry(world, 'outbox', '--all', '--json')
  return Object.fromEntries(
    jsonLines(stdout).map((one) => [String(one['inReplyTo']), one['state']]),
  )
}

async function statesOfTopics(world: DemoWorld): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await patchferry(world, 'status', '--json')
  const { topics } = JSON.parse(stdout) as {
    topics: readonly { name: string; version: string; state: string }[]
  }
  return Object.fromEntries(
    topics.map(({ name, version, state }) => [`${name} v${version}`, state]),
  )
}

describe('a machine that is lost', () => {
  it('is brought back from a backup made at work: nothing is lost, nothing sent or pushed twice', async () => {
    const world = await worlds.fresh()
    await arriveDated(world, Date.now(), failing, held)
    await Promise.all([sync(world), backUp(world)])

    // More happens after the backup: versions, reports, a person's word.
    expect(await patchferry(world, 'approve', held)).toMatchObject({ exitCode: 0 })
    await arriveDated(world, Date.now(), mended, conflicting)
    const sent = await sync(world)
    const refs = await readRefs(world.mirror)
    const states = await statesOfTopics(world)
    expect(sent).toHaveLength(6)

    await loseMachine(world)
    // One report came back by the list, one is gone on its way to it, the others lie where they were put.
    const echo = sent.find(({ inReplyTo }) => inReplyTo === mended)
    const gone = sent.find(({ inReplyTo }) => inReplyTo === conflicting)
    await deliver(world.inbox, '1700000000.echo.test', await readFile(echo?.file ?? '', 'utf8'))
    await rm(echo?.file ?? '')
    await rm(gone?.file ?? '')
    const restored = await patchferry(world, 'restore', './backup')
    expect(restored).toMatchObject({
      exitCode: 0,
      stderr: expect.not.stringContaining('patchferry:'),
    })
    expect(restored.stdout).toContain('restored from the backup of')
    await sync(world)
    const left = sent.filter((mail) => mail !== echo && mail !== gone)
    expect(await readOutgoing(world.outgoing)).toEqual(left)
    expect(await readRefs(world.mirror)).toEqual(refs)
    expect(await statesOfTopics(world)).toEqual(states)
    expect(await outbox(world)).toMatchObject({ [mended]: 'seen', [conflicting]: 'unknown' })

    // What is younger than the restore waits for nobody; nor does what a person lets go.
    await arriveDated(world, Date.now() + 60_000, ...young)
    const key = gone?.messageId ?? ''
    const release = await patchferry(world, 'outbox', 'release', key, '--may-arrive-twice')
    expect(release).toMatchObject({ exitCode: 0 })
    const after = await sync(world)
    expect(after.map(({ inReplyTo }) => inReplyTo).sort()).toEqual(
      [...left.map(({ inReplyTo }) => inReplyTo), conflicting, young[0] ?? ''].sort(),
    )
  }, 180_000)
})

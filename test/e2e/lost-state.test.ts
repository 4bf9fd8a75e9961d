import { cp, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { arrive, arriveDated, demoWorlds, mailOf, sync } from '../support/demo-world.ts'
import { type Ended, jsonLines, runHere } from '../support/run-patchferry.ts'

const usage = 'usage-1@contributor.example'
const failing = 'cheerful-v1-1@contributor.example'
const mended = 'cheerful-v2-1@contributor.example'

const worlds = demoWorlds(async (world) => {
  await arrive(world, failing)
  await sync(world)
  await patchferry(world, 'backup', './backup')
})

async function patchferry(world: DemoWorld, ...args: readonly string[]): Promise<Ended> {
  return runHere([...args, '--config', world.config], { cwd: world.directory })
}

async function loseState(world: DemoWorld): Promise<void> {
  await rm(path.join(world.directory, 'state'), { recursive: true })
}

/** Somebody else sends what lies there, so that nobody can look any more whether a report left. */
async function takeAway({ outgoing }: DemoWorld): Promise<void> {
  const folder = path.join(outgoing, 'new')
  for (const name of await readdir(folder)) {
    await rm(path.join(folder, name))
  }
}

/** How many reports of each state the outbox has. */
async function outbox(world: DemoWorld): Promise<unknown> {
  const { stdout } = await patchferry(world, 'status', '--json')
  return jsonLines(stdout)[0]?.['outbox']
}

async function topicStates(world: DemoWorld): Promise<readonly unknown[]> {
  const { stdout } = await patchferry(world, 'status', '--json')
  const topics = jsonLines(stdout)[0]?.['topics'] as readonly { readonly state: string }[]
  return topics.map(({ state }) => state)
}

describe('a start without the state', () => {
  it('is refused where the mirror has series of ours, and a restore works after it', async () => {
    const world = await worlds.fresh()
    const sent = await readOutgoing(world.outgoing)
    await loseState(world)
    await arrive(world, failing)
    for (const time of ['first', 'second']) {
      const refused = await patchferry(world, 'sync')
      expect([time, refused.exitCode]).toEqual([time, 2])
      expect(refused.stderr).toMatch(/FLOW_STATE_LOST.*has 1 published.*`patchferry restore DIR`/s)
    }
    for (const args of [['status'], ['migrate'], ['backup', './backup'], ['import', './inbox']]) {
      const { exitCode, stderr } = await patchferry(world, ...args)
      expect([args, exitCode]).toEqual([args, 2])
      expect(stderr).toContain('FLOW_STATE_LOST')
    }
    expect(await readOutgoing(world.outgoing)).toEqual(sent)
    expect(await patchferry(world, 'restore', './backup')).toMatchObject({ exitCode: 0 })
    expect(await sync(world)).toEqual(sent)
  }, 120_000)

  it('takes no mail from an MTA either, which keeps it', async () => {
    const world = await worlds.fresh()
    await loseState(world)
    const pipe = { cwd: world.directory, stdin: mailOf(world, failing) }
    const refused = await runHere(['import', '-', '--config', world.config], pipe)
    expect(refused).toMatchObject({ exitCode: 75, stderr: expect.stringContaining('STATE_LOST') })
    expect(await patchferry(world, 'restore', './backup')).toMatchObject({ exitCode: 0 })
    const taken = await runHere(['import', '-', '--config', world.config], pipe)
    expect(taken).toMatchObject({ exitCode: 0, stderr: '' })
  }, 120_000)

  it('goes on after a rebuild without records: what may have been mailed waits, what is new is reported', async () => {
    const world = await worlds.fresh()
    await loseState(world)
    await takeAway(world)
    expect(await patchferry(world, 'rebuild')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('1 published series\nthe mirror has series that'),
    })
    await arrive(world, failing)
    expect(await sync(world)).toEqual([])
    expect(await outbox(world)).toEqual({ unknown: 1 })
    await arriveDated(world, Date.now() + 60_000, usage)
    expect(await sync(world)).toHaveLength(1)
  }, 120_000)

  it('follows a topic again once an import has brought its mails back', async () => {
    const world = await worlds.fresh()
    await loseState(world)
    await takeAway(world)
    const { stdout } = await patchferry(world, 'rebuild')
    expect(stdout).toMatch(/^of 1 topics .*`patchferry import PATH`.* before the service starts/m)
    expect(stdout).toMatch(/^the journal tells of no decisions: opt-outs, .* are lost/m)
    expect(await topicStates(world)).toEqual(['incomplete'])
    const kept = path.join(world.directory, 'inbox/cur')
    expect(await patchferry(world, 'import', kept)).toMatchObject({ exitCode: 0 })
    expect(await sync(world)).toEqual([])
    expect(await topicStates(world)).toEqual(['failure'])
    expect(await outbox(world)).toEqual({ unknown: 1 })
  }, 120_000)
})

it('old copies of archive and journal do not have the reports since then mailed again', async () => {
  const world = await worlds.fresh()
  await arrive(world, mended)
  await sync(world)
  await loseState(world)
  await takeAway(world)
  for (const name of ['archive', 'journal.git']) {
    const [from, to] = ['backup', 'state'].map((folder) => path.join(world.directory, folder, name))
    await cp(from ?? '', to ?? '', { recursive: true })
  }
  expect((await patchferry(world, 'rebuild')).stdout).toContain('unseen')
  await arrive(world, mended)
  expect(await sync(world)).toEqual([])
  expect(await outbox(world)).toMatchObject({ unknown: 1 })
}, 120_000)

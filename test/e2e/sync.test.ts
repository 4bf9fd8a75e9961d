import { rename } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { deliver } from '../../src/app/demo/set-up.ts'
import { readOutgoing, readRefs, verify } from '../../src/app/demo/verify.ts'
import { arrive, arriveAll, changeConfig, demoWorlds } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

const worlds = demoWorlds()
const patch = 'usage-1@contributor.example'

async function sync(world: DemoWorld, ...options: readonly string[]): ReturnType<typeof runHere> {
  return runHere(['sync', ...options, '--config', world.config])
}

async function jobs(world: DemoWorld): Promise<unknown> {
  const { stdout } = await runHere(['status', '--json', '--config', world.config])
  return jsonLines(stdout)[0]?.['jobs']
}

describe('patchferry sync', () => {
  it('ends when everything that is due is done, tests and reports included', async () => {
    const world = await worlds.fresh()
    await arriveAll(world)
    expect(await sync(world)).toMatchObject({ exitCode: 0 })
    for (const mail of world.scenario.acts[1]?.mails ?? []) {
      await deliver(world.inbox, '1700000001.second.test', mail.raw)
    }
    expect(await sync(world)).toMatchObject({ exitCode: 0 })

    expect(await verify(world.scenario, world.mirror, world.outgoing)).toEqual([])
    expect(await jobs(world)).toEqual({})
  }, 40_000)

  it('does nothing a second time when nothing came', async () => {
    const world = await worlds.fresh()
    await arrive(world, patch)
    await sync(world)
    const before = [await readRefs(world.mirror), await readOutgoing(world.outgoing)]
    expect(before[1]).toHaveLength(1)

    expect(await sync(world)).toMatchObject({ exitCode: 0 })
    expect([await readRefs(world.mirror), await readOutgoing(world.outgoing)]).toEqual(before)
  }, 20_000)

  it('is cut short by --max-time with 75, its test stopped, and the next pass finishes', async () => {
    const world = await worlds.fresh()
    await changeConfig(world, 'command: [sh, test.sh]', 'command: [sleep, "3600"]')
    await arrive(world, patch)

    expect(await sync(world, '--max-time', '4s')).toMatchObject({ exitCode: 75 })
    expect(await readOutgoing(world.outgoing)).toEqual([])
    expect(await jobs(world)).toEqual({ waiting: expect.any(Number) })

    await changeConfig(world, 'command: [sleep, "3600"]', 'command: [sh, test.sh]')
    expect(await sync(world)).toMatchObject({ exitCode: 0 })
    expect(await readOutgoing(world.outgoing)).toMatchObject([
      { inReplyTo: patch, kind: 'success' },
    ])
  }, 30_000)

  it('waits for a mirror that is gone, and goes on when it is back', async () => {
    const world = await worlds.fresh()
    // A new installation looks at its mirror first.
    expect(await sync(world)).toMatchObject({ exitCode: 0 })
    await rename(world.mirror, `${world.mirror}.away`)
    await arrive(world, patch)

    const without = await sync(world)
    expect(without.exitCode).toBe(0)
    expect(without.stderr).toMatch(/GIT_REMOTE_UNREACHABLE/)
    expect(await jobs(world)).toMatchObject({ waiting: expect.any(Number) })
    expect(await readOutgoing(world.outgoing)).toEqual([])

    await rename(`${world.mirror}.away`, world.mirror)
    await expect
      .poll(
        async () => {
          expect(await sync(world)).toMatchObject({ exitCode: 0 })
          return jobs(world)
        },
        { timeout: 15_000, interval: 200 },
      )
      .toEqual({})
    expect(await readOutgoing(world.outgoing)).toMatchObject([
      { inReplyTo: patch, kind: 'success' },
    ])
  }, 60_000)

  it('takes the mail of the other sources where one is gone, and says which', async () => {
    const world = await worlds.fresh()
    await changeConfig(
      world,
      '      - maildir: ./inbox\n',
      '      - mbox: ./nowhere/list.mbox\n      - maildir: ./inbox\n',
    )
    await arrive(world, patch)

    const pass = await sync(world)
    expect(pass).toMatchObject({ exitCode: 75 })
    expect(pass.stderr).toContain('nowhere/list.mbox')
    expect(await readOutgoing(world.outgoing)).toHaveLength(1)
  }, 20_000)
})

import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { arrive, changeConfig, demoWorlds, sync } from '../support/demo-world.ts'
import { type Ended, runHere } from '../support/run-patchferry.ts'

const patch = 'usage-1@contributor.example'

/** Nobody here can read the operator's token any more: it is needed for nothing but the dashboard. */
const worlds = demoWorlds(async (world) => {
  await arrive(world, patch)
  await sync(world)
  await patchferry(world, 'backup', './backup')
  await rm(path.join(world.directory, 'operator-token'))
})

async function patchferry(world: DemoWorld, ...args: readonly string[]): Promise<Ended> {
  return runHere([...args, '--config', world.config], { cwd: world.directory })
}

const mirrorLogin = `url: https://git.example.org/mirror.git
      user: bot
      passwordFile: ./nowhere`

describe('a secret that cannot be read', () => {
  it.each<readonly [string, readonly string[], number]>([
    ['mail preview', ['mail', 'preview', 'success'], 0],
    ['mail preview of a topic', ['mail', 'preview', 'success', patch], 0],
    ['range-diff', ['range-diff', patch], 1],
    ['dry-run', ['dry-run', '--since', '1.month'], 0],
    ['mail test', ['mail', 'test', 'ada@example.org'], 0],
  ])(
    'keeps nobody from %s, which does not use it',
    async (_, args, exitCode) => {
      const ended = await patchferry(worlds.shared(), ...args)
      expect(ended.stderr).not.toContain('CONFIG_')
      expect(ended).toMatchObject({ exitCode })
    },
    60_000,
  )

  it('keeps nobody from a rebuild and a restore either', async () => {
    const world = await worlds.fresh()
    expect(await patchferry(world, 'rebuild')).toMatchObject({ exitCode: 0 })
    await rm(path.join(world.directory, 'state'), { recursive: true })
    expect(await patchferry(world, 'restore', './backup')).toMatchObject({ exitCode: 0 })
  }, 60_000)

  it('is one finding of doctor, which looks at all else', async () => {
    const { stdout } = await patchferry(worlds.shared(), 'doctor', '--dns', '127.0.0.1')
    expect(stdout).toMatch(/^WRONG +secret web\.operator\.tokens.*operator-token/m)
    expect(stdout).toMatch(/^ok +project hello: base branches: /m)
    expect(stdout).toMatch(/^\S+ +source hello-devel/m)
  }, 60_000)

  it('is missed before a rebuild or restore begins where it is that of the mirror', async () => {
    const world = await worlds.fresh()
    await changeConfig(world, 'url: ./mirror.git', mirrorLogin)
    for (const args of [['rebuild'], ['restore', './backup']]) {
      const refused = await patchferry(world, ...args)
      expect(refused).toMatchObject({ exitCode: 2 })
      expect(refused.stderr).toContain('CONFIG_SECRET_UNREADABLE')
    }
    expect(await patchferry(world, 'status')).toMatchObject({ exitCode: 0 })
  })
})

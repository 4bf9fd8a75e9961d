import { rm } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { arrive, demoWorlds, sync } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

const usage = 'usage-1@contributor.example'
const worlds = demoWorlds()

async function steps(world: DemoWorld): Promise<readonly unknown[]> {
  const { stdout } = await runHere(['explain', '--json', usage, '--config', world.config])
  return jsonLines(stdout)
    .filter(({ step }) => ['base', 'apply', 'publish'].includes(String(step)))
    .map(({ messageId, topic, version, step, rule, result }) => ({
      messageId,
      topic,
      version,
      step,
      rule,
      result,
    }))
}

it('explain tells what was published before a rebuild, once', async () => {
  const world = await worlds.fresh()
  await arrive(world, usage)
  await sync(world)
  const before = await steps(world)
  expect(before).toHaveLength(3)

  await rm(path.join(world.directory, 'state/store.sqlite'))
  expect(await runHere(['rebuild', '--config', world.config])).toMatchObject({ exitCode: 0 })
  expect(await steps(world)).toEqual(before)
  await sync(world)
  expect(await steps(world)).toEqual(before)
})

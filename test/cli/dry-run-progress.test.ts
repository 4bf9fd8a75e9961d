import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { run } from '../../src/cli/run.ts'
import { arriveDated, demoWorlds } from '../support/demo-world.ts'
import { silentTerminal } from '../support/run-patchferry.ts'

const worlds = demoWorlds(async (world) => {
  await arriveDated(world, Date.now(), 'usage-1@contributor.example')
})

async function standardError(
  world: DemoWorld,
  isTTY: boolean,
  ...args: readonly string[]
): Promise<string> {
  const stderr = Object.assign(new PassThrough(), { isTTY })
  const terminal = { ...silentTerminal(), cwd: world.directory, stderr }
  expect(await run(['dry-run', ...args, '--config', world.config], terminal)).toBe(0)
  stderr.end()
  return (await stderr.toArray()).join('')
}

describe('the progress of a dry run', () => {
  it('is one line where a person looks, gone at the end, and nothing elsewhere', async () => {
    const world = worlds.shared()
    const said = await standardError(world, true)
    expect(said).toContain('reading: 1 mail read, 1 of them young enough')
    expect(said.endsWith('\r\u001B[K')).toBe(true)
    expect(said).not.toContain('\n')
    expect(await standardError(world, false, '--json')).toBe('')
  }, 60_000)
})

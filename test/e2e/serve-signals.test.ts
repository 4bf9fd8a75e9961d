import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { arrive, changeConfig, demoWorlds } from '../support/demo-world.ts'
import { processesWith } from '../support/processes.ts'
import { runHere, type Started, startPatchferry } from '../support/run-patchferry.ts'

const worlds = demoWorlds()
const patch = 'usage-1@contributor.example'

interface Gate {
  /** Resolves when the project's test runs. */
  readonly reached: Promise<unknown>
  open(): Promise<void>
  readonly script: string
}

/** Makes the project's test wait until it is told to go on. */
async function gated(world: DemoWorld): Promise<Gate> {
  const started = path.join(world.directory, 'started')
  const go = path.join(world.directory, 'go')
  execFileSync('mkfifo', [started, go])
  const script = path.join(world.directory, 'gated-test.sh')
  await writeFile(script, `echo started > ${started}\nread answer < ${go}\necho went on\n`)
  await changeConfig(world, 'command: [sh, test.sh]', `command: [sh, ${script}]`)
  return { reached: readFile(started), open: () => writeFile(go, 'go\n'), script }
}

function serve(world: DemoWorld): Started {
  const service = startPatchferry(['serve', '--config', world.config])
  onTestFinished(() => service.kill('SIGKILL'))
  return service
}

describe('patchferry serve', () => {
  it('finishes the running test and sends its report when it is told to end', async () => {
    const world = await worlds.fresh()
    const gate = await gated(world)
    await arrive(world, patch)
    const service = serve(world)
    await gate.reached

    service.kill('SIGTERM')
    await gate.open()

    expect(await service.ended).toMatchObject({ exitCode: 0, signal: null })
    expect(await readOutgoing(world.outgoing)).toMatchObject([
      { inReplyTo: patch, kind: 'success' },
    ])
  }, 30_000)

  it('takes no new mail while it drains; the next start does', async () => {
    const world = await worlds.fresh()
    const gate = await gated(world)
    await arrive(world, patch)
    const service = serve(world)
    await gate.reached

    service.kill('SIGTERM')
    await arrive(world, 'workflow-1@contributor.example')
    await gate.open()
    await service.ended

    expect(await readOutgoing(world.outgoing)).toHaveLength(1)
    expect(await runHere(['sync', '--config', world.config])).toMatchObject({ exitCode: 0 })
    expect(await readOutgoing(world.outgoing)).toHaveLength(2)
  }, 30_000)

  it('stops at once at the second signal, its test with it; the next pass finishes', async () => {
    const world = await worlds.fresh()
    const gate = await gated(world)
    await arrive(world, patch)
    const service = serve(world)
    await gate.reached
    expect(processesWith(gate.script)).not.toEqual([])

    service.kill('SIGTERM')
    service.kill('SIGINT')

    expect(await service.ended).toMatchObject({ exitCode: 0, signal: null })
    expect(processesWith(gate.script)).toEqual([])
    expect(await readOutgoing(world.outgoing)).toEqual([])

    await changeConfig(world, `command: [sh, ${gate.script}]`, 'command: [sh, test.sh]')
    expect(await runHere(['sync', '--config', world.config])).toMatchObject({ exitCode: 0 })
    expect(await readOutgoing(world.outgoing)).toMatchObject([
      { inReplyTo: patch, kind: 'success' },
    ])
  }, 30_000)
})

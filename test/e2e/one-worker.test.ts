import { describe, expect, it, onTestFinished } from 'vitest'
import { demoWorlds } from '../support/demo-world.ts'
import { runHere, startPatchferry } from '../support/run-patchferry.ts'

const worlds = demoWorlds()

describe('one worker per store', () => {
  it('a second serve, sync or rebuild says who works and exits 75', async () => {
    const world = await worlds.fresh()
    const config = ['--config', world.config]
    const first = startPatchferry(['serve', ...config])
    onTestFinished(() => first.kill('SIGKILL'))
    await first.said(/"listening"/)

    for (const command of ['serve', 'sync', 'rebuild']) {
      const second = await runHere([command, ...config])
      expect({ command, ...second }).toMatchObject({ command, exitCode: 75 })
      expect(second.stderr).toContain('STORE_WORKER_RUNNING')
      expect(second.stderr).toContain(`process ${first.pid}`)
      expect(second.stderr).toContain('Stop the other one first')
    }
    for (const command of ['status', 'migrate', 'doctor']) {
      const beside = await runHere([command, ...config])
      expect({ command, ...beside }).toMatchObject({ command, exitCode: 0 })
    }

    // The lock is the operating system's: it goes with the process, however that ends.
    first.kill('SIGKILL')
    await first.ended
    expect(await runHere(['sync', ...config])).toMatchObject({ exitCode: 0 })
  }, 30_000)
})

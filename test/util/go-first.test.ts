import { once } from 'node:events'
import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'

const entry = new URL('../../src/util/step-back.ts', import.meta.url)
/** Node 20 loads no hooks from `execArgv` into a thread. */
const steppingBack = `import('tsx/esm/api')
  .then(({ tsImport }) => tsImport(${JSON.stringify(entry.href)}, ${JSON.stringify(import.meta.url)}))
  .then(({ stepBack }) => {
    stepBack()
    stepBack()
    stepBack()
    require('node:worker_threads').parentPort.postMessage(require('node:os').getPriority(0))
  })`

describe.skipIf(process.platform !== 'linux')('stepBack', () => {
  it('lets other threads of the process go first, as far as there is a lower priority', async () => {
    const before = getPriority(0)
    const thread = new Worker(steppingBack, { eval: true })

    const [after] = (await once(thread, 'message')) as readonly unknown[]

    expect(after).toBe(Math.min(before + 30, 19))
    expect(getPriority(0)).toBe(before)
  })
})

import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { stateLayout } from '../../src/app/state-layout.ts'
import { tidyFiles } from '../../src/app/tidy-files.ts'
import type { Config } from '../../src/config/config.ts'
import type { ProjectPorts } from '../../src/flow/ports.ts'
import { memoryLog } from '../support/memory-log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const hourMs = 3_600_000
const { signal } = new AbortController()

it('removes old checkouts but not those of the longest test, and says which repository fails', async () => {
  const layout = stateLayout(temporaryFolder())
  const log = memoryLog()
  function checkout(name: string, ageMs: number): string {
    const folder = path.join(layout.checkouts, name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'file'), '')
    const at = new Date(Date.now() - ageMs)
    utimesSync(folder, at, at)
    return folder
  }
  const [old, running] = [checkout('old', 8 * hourMs), checkout('running', 6 * hourMs)]
  const config = {
    projects: [{ tests: { timeoutMs: 6 * hourMs } }],
    retention: { checkoutsMs: hourMs },
  } as unknown as Config
  const projects = [
    {
      project: { name: 'pump' },
      git: { tidy: () => Promise.reject(new Error('the disk is full')) },
    },
  ] as unknown as readonly ProjectPorts[]
  let wasTidied = false
  const upstreams = {
    open: () => Promise.reject(new TypeError('nobody asks')),
    tidy: async () => void (wasTidied = true),
    close: async () => undefined,
  }
  await tidyFiles({ config, layout, projects, upstreams, log: log.logger }, signal)
  expect([existsSync(old), existsSync(running), wasTidied]).toEqual([false, true, true])
  expect(log.lines.filter((line) => JSON.stringify(line).includes('pump'))).toHaveLength(1)
})

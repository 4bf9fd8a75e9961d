import path from 'node:path'
import { expect, it } from 'vitest'
import { compiledProgram } from '../support/compiled-program.ts'
import { runSoak } from '../support/soak/run-soak.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const days = Number(process.env['PATCHFERRY_SOAK_DAYS'] ?? 12)
const deadlyDay = Math.ceil(days * 0.6) - 1
const megabyte = 1024 ** 2

/** `bench/soak.ts` is the same for a year, with figures. */
it('serves for days, is killed meanwhile, reports each once and leaves nothing behind', async () => {
  const result = await runSoak({
    directory: path.join(temporaryFolder(), 'soak'),
    days,
    seriesPerDay: 0.5,
    stepsPerDay: 1,
    isDeadly: (day) => day === deadlyDay,
    daysPerLook: Math.floor(days / 3),
    seed: 30,
    program: {
      file: compiledProgram('test/support/soak/soak-service.ts'),
      nodeOptions: [],
    },
    onLook: () => undefined,
  })
  expect(result).toMatchObject({ faults: [], series: days / 2, kills: 1 })
  expect(result.reports).toBeGreaterThan(days / 4)
  const [first, , last] = result.looks
  expect(last?.heapUsed).toBeLessThan((first?.heapUsed ?? 0) + 16 * megabyte)
  expect(last?.openFiles).toBeLessThan((first?.openFiles ?? 0) + 10)
  expect(last?.disk.beyond).toBeLessThan((first?.disk.beyond ?? 0) + 16 * megabyte)
  expect(last?.rows).toMatchObject({ hook_delivery: 0, commit_look: 0 })
  expect(last?.rows['job']).toBeLessThan(20)
  // Refs of mails that are older than `retention.mailRefs` are folded into tags.
  expect(last?.mailRefs).toBeLessThan(result.mails / 2)
  expect(last?.mailRefs).toBeGreaterThan(0)
}, 180_000)

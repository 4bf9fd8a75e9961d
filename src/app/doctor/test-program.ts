import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import path from 'node:path'
import type { ProjectConfig } from '../../config/config.ts'
import { defaultPath } from '../../tester/confinement.ts'

async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/**
 * The program of the test command where it is not on this machine; null where it is, or where only a run can tell: in a container,
 * or below the checkout.
 */
export async function missingTestProgram({
  tests,
  testing,
}: Pick<ProjectConfig, 'tests' | 'testing'>): Promise<string | null> {
  const [program] = tests?.argv ?? []
  if (program === undefined || testing === null || testing.isolation.kind === 'container') {
    return null
  }
  if (program.includes('/')) {
    return !path.isAbsolute(program) || (await isProgram(program)) ? null : program
  }
  for (const folder of (testing.environment['PATH'] ?? defaultPath).split(':')) {
    if (await isProgram(path.join(folder, program))) {
      return null
    }
  }
  return program
}

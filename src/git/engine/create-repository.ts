import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { GitSetting } from '../cli/git-environment.ts'
import { requireGit } from '../cli/git-version.ts'
import { gitText, runGit } from '../cli/run-git.ts'

/** Settings of a repository that is ours: we pack it ourselves (see pack-upkeep.ts), nothing else may in the middle of a job. */
const ownSettings: readonly GitSetting[] = [
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['core.logAllRefUpdates', 'false'],
  ['patchferry.ours', 'true'],
]

/** Makes a bare repository at `directory`, and its folders; one that is there already stays as it is. */
export async function createRepository(directory: string): Promise<void> {
  await requireGit()
  const place = path.resolve(directory)
  await mkdir(place, { recursive: true })
  const probe = await runGit(['rev-parse', '--git-dir'], {
    cwd: place,
    env: { GIT_CEILING_DIRECTORIES: path.dirname(place) },
  })
  if (probe.exitCode === 0) {
    return
  }
  await gitText(['init', '-q', '--bare', '--template=', '-b', 'main', place])
  for (const [key, value] of ownSettings) {
    await gitText(['config', key, value], { gitDir: place })
  }
}

/** True for what `createRepository` made. */
export async function isOurs(gitDir: string): Promise<boolean> {
  const answer = await runGit(['config', '--bool', '--get', 'patchferry.ours'], { gitDir })
  return Buffer.from(answer.stdout).toString('latin1').trim() === 'true'
}

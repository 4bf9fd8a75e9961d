import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Config } from '../config/config.ts'
import type { Logger } from '../log/logger.ts'
import { every } from './every.ts'

const lookEveryMs = 5_000

async function stateOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => null)
  return found === null ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`
}

/** Calls `onChange` with them soon after some of these files were written, until the returned function is called. */
export async function watchSecrets(
  files: readonly string[],
  onChange: (files: readonly string[]) => Promise<void>,
): Promise<() => void> {
  async function look(): Promise<readonly string[]> {
    return Promise.all(files.map(stateOf))
  }
  let last = await look()
  return every(lookEveryMs, async () => {
    const now = await look()
    const changed = files.filter((_, index) => now[index] !== last[index])
    if (changed.length > 0) {
      await onChange(changed)
      last = now
    }
  })
}

/** Says which secrets are others now, or gone. True when any of them is used from now on. */
export function tellNewSecrets(
  changed: readonly string[],
  { secretFiles }: Pick<Config, 'secretFiles'>,
  log: Logger,
): boolean {
  const touched = secretFiles.filter(({ file }) => changed.includes(file))
  const gone = touched.filter(({ file }) => !existsSync(file))
  const there = touched.filter((one) => !gone.includes(one))
  const live = there.filter(({ isLive }) => isLive)
  const fixed = there.filter(({ isLive }) => !isLive)
  if (gone.length > 0) {
    log.warn({ files: gone.map(({ file }) => file) }, 'a file with a secret is not there any more')
  }
  if (live.length > 0) {
    log.info({ files: live.map(({ file }) => file) }, 'a file with a secret was written anew')
  }
  if (fixed.length > 0) {
    const files = fixed.map(({ file }) => file)
    log.warn({ files }, 'a secret was written anew that only a restart brings')
  }
  return live.length > 0
}

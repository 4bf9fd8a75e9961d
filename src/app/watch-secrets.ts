import { stat } from 'node:fs/promises'
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

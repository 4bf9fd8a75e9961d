import { stat } from 'node:fs/promises'
import { every } from './every.ts'

const lookEveryMs = 5_000

async function stateOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => null)
  return found === null ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`
}

/** Calls `onChange` soon after one of these files was written, until the returned function is called. */
export async function watchSecrets(
  files: readonly string[],
  onChange: () => Promise<void>,
): Promise<() => void> {
  async function look(): Promise<string> {
    return (await Promise.all(files.map(stateOf))).join('\n')
  }
  let last = await look()
  return every(lookEveryMs, async () => {
    const now = await look()
    if (now !== last) {
      await onChange()
      last = now
    }
  })
}

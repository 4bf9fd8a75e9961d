import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { gitBytes, gitText } from '../../cli/run-git.ts'
import type { Repository } from '../repository.ts'
import type { ApplyArea } from './apply-area.ts'

/**
 * Moves what the area wrote into the repository, as one pack that is fsynced and renamed into place by
 * `git index-pack`: it is there whole or not at all.
 */
export async function landObjects(
  repository: Repository,
  area: ApplyArea,
  signal: AbortSignal | undefined,
): Promise<void> {
  const names = await looseObjects(path.join(area.gitDir, 'objects'))
  if (names.length === 0) {
    return
  }
  const pack = await gitBytes(
    ['pack-objects', '--stdout', '-q', '--delta-base-offset', '--threads=1'],
    { ...area.location, input: `${names.join('\n')}\n`, maxOutputBytes: 2 ** 31 - 1 },
    signal,
  )
  await gitText(['index-pack', '--stdin'], { ...repository.durable, input: pack }, signal)
}

async function looseObjects(objectsDir: string): Promise<readonly string[]> {
  const entries = await readdir(objectsDir, { recursive: true })
  return entries
    .map((entry) => entry.split(path.sep).join(''))
    .filter((name) => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name))
}

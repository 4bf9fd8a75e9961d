import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { runGit } from '../cli/run-git.ts'
import type { Repository } from './repository.ts'

/** Every series lands as a pack, and every pack slows every other git call down a little. */
const maxPacks = 64

/**
 * Rolls the small packs of a repository of ours into larger ones, when there are many. Nothing is ever dropped,
 * reachable or not. That it fails is no fault: another process may be doing the same, and the next landing tries again.
 */
export async function keepPacksFew(
  repository: Repository,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (repository.isOurs && (await countPacks(repository.objectsDir)) > maxPacks) {
    await runGit(['repack', '--geometric=2', '-d', '-q'], repository.durable, signal)
  }
}

async function countPacks(objectsDir: string): Promise<number> {
  const names = await readdir(path.join(objectsDir, 'pack'))
  return names.filter((name) => name.endsWith('.pack')).length
}

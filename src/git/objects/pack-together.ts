import path from 'node:path'
import { gitFault, runGit } from '../cli/run-git.ts'
import type { GitLocation } from '../cli/spawn-git.ts'
import { type PackIndex, readNames } from './pack-index.ts'

/** What git says when another process rolled up the packs it was about to read. */
const packVanished =
  /could not (?:find pack|get type of object)|unable to (?:read|get)|packfile .* cannot be accessed/

/** As many as a large archive may take. */
const timeoutMs = 60 * 60 * 1000

/** In hex, a line each, as `git pack-objects` takes them. */
async function* linesOf(indexes: readonly PackIndex[]): AsyncGenerator<Buffer> {
  for (const index of indexes) {
    for (let first = 0; first < 256; first += 1) {
      const names = await readNames(index, first)
      yield Buffer.from(names.map((name) => `${name.toString('hex')}\n`).join(''))
    }
  }
}

/**
 * Makes one pack in `folder` of all objects of these, which stay. git is told every object: by `repack --geometric`, or
 * with `--stdin-packs`, it would walk through all of history to guess their paths, which costs more with every mail.
 * `options` are those of git-pack-objects(1). Gives the name of the pack, without ending; null where another process
 * took one of these away meanwhile, which then does our work. Throws GIT_*.
 */
export async function packTogether(
  folder: string,
  indexes: readonly PackIndex[],
  options: readonly string[],
  location: GitLocation,
  signal?: AbortSignal,
): Promise<string | null> {
  const to = path.join(folder, 'pack')
  const args = ['pack-objects', '-q', '--delta-base-offset', ...options, to]
  const output = await runGit(args, { ...location, input: linesOf(indexes), timeoutMs }, signal)
  if (output.exitCode === 0) {
    return `pack-${Buffer.from(output.stdout).toString('latin1').trim()}`
  }
  if (packVanished.test(output.stderr)) {
    return null
  }
  throw gitFault(args, output)
}

import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { gitText, runGit } from '../cli/run-git.ts'
import type { GitLocation } from '../cli/spawn-git.ts'
import { syncFolder } from '../objects/durable-file.ts'
import { packedNames } from '../objects/pack-format.ts'
import { tidyRepository } from './tidy-repository.ts'

/** Every series lands as a pack, quickly written and large; every pack slows every other git call down a little. */
const maxLanded = 200
/** Fewer are not worth a process of git. */
const fewLanded = 8
/** Of packs that came in other ways, in a repository of ours, and how many come before they are counted. */
const maxOthers = 64
const othersBetweenLooks = 16

/** Rolls small packs into larger ones, beside all other work. */
export interface PackUpkeep {
  /** Tells of a pack that was put into the repository; null: by git, under a name of its own. */
  landed(name: string | null): void
  /** All that can be done for a repository of ours, whatever landed. */
  tidy(): Promise<void>
  /** Waits for what runs. */
  close(): Promise<void>
}

export interface UpkeepPlace {
  readonly objectsDir: string
  /** Whether all packs are ours to care for, or only those that this process landed. */
  readonly isOurs: boolean
  readonly durable: GitLocation & { readonly gitDir: string }
}

/** Nothing is ever dropped, reachable or not. That it fails is no fault: the next landing tries again. */
export function createPackUpkeep(place: UpkeepPlace): PackUpkeep {
  let running: Promise<void> | null = null
  let landed: string[] = []
  let others = 0

  async function work(): Promise<void> {
    const rolled = landed
    landed = []
    others = 0
    if (rolled.length > 1) {
      await rollUp(place, rolled)
    }
    if (place.isOurs) {
      await repack(place)
    }
  }

  function start(): void {
    running ??= work()
      .catch(() => {})
      .finally(() => {
        running = null
      })
  }

  return {
    landed(name) {
      landed.push(...(name === null ? [] : [name]))
      others += name === null ? 1 : 0
      if (landed.length >= maxLanded || others >= othersBetweenLooks) {
        start()
      }
    },
    async tidy() {
      await running
      if (place.isOurs) {
        const tidying = tidyRepository(place)
        running = tidying
          .catch(() => {})
          .finally(() => {
            running = null
          })
        await tidying
      }
    },
    async close() {
      await running
      if (landed.length > fewLanded || (place.isOurs && others > 0)) {
        start()
      }
      await running
    },
  }
}

/** The whole repository: `git repack --geometric`, of its own objects alone, where there are many packs. */
async function repack({ objectsDir, durable }: UpkeepPlace): Promise<void> {
  const names = await readdir(path.join(objectsDir, 'pack'))
  if (names.filter((name) => name.endsWith('.pack')).length > maxOthers) {
    await runGit(
      ['repack', '-n', '--geometric=2', '-d', '-l', '-q', '--no-write-bitmap-index'],
      durable,
    )
  }
}

/**
 * Makes one pack of the named ones. It is told every object: with `--stdin-packs` git would walk through all of history
 * to guess their paths. What was stored as it is gets compressed.
 */
async function rollUp(
  { objectsDir, durable }: UpkeepPlace,
  names: readonly string[],
): Promise<void> {
  const folder = path.join(objectsDir, 'pack')
  const objects: string[] = []
  for (const name of names) {
    // A pack is named by a hash, as its objects are.
    objects.push(
      ...packedNames(await readFile(path.join(folder, `pack-${name}.idx`)), name.length / 2),
    )
  }
  const made = (
    await gitText(
      [
        'pack-objects',
        '-q',
        '--delta-base-offset',
        '--no-reuse-object',
        '--compression=1',
        '--window=3',
        '--threads=1',
        path.join(folder, 'pack'),
      ],
      { ...durable, input: objects.map((name) => `${name}\n`).join('') },
    )
  ).trim()
  await syncFolder(folder)
  for (const name of names.filter((each) => each !== made)) {
    await rm(path.join(folder, `pack-${name}.idx`), { force: true })
    await rm(path.join(folder, `pack-${name}.pack`), { force: true })
  }
}

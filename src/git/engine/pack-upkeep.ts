import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { gitText, runGit } from '../cli/run-git.ts'
import type { GitLocation } from '../cli/spawn-git.ts'
import { syncFolder } from '../objects/durable-file.ts'

/** Every series lands as a pack, and every pack slows every other git call down a little. */
const maxPacks = 64
/** In a repository of ours the packs are counted so often. */
const landingsBetweenLooks = 16

/** Rolls small packs into larger ones, beside all other work. */
export interface PackUpkeep {
  /** Tells of a pack that was put into the repository; null: by git, under a name of its own. */
  landed(name: string | null): void
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
  let own: string[] = []
  let landings = 0

  async function work(): Promise<void> {
    if (place.isOurs) {
      await repack(place)
    } else {
      const rolled = own
      own = []
      own.push(await rollUp(place, rolled))
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
      landings += 1
      if (name !== null && !place.isOurs) {
        own.push(name)
      }
      if (place.isOurs ? landings % landingsBetweenLooks === 0 : own.length > maxPacks) {
        start()
      }
    },
    async close() {
      await running
      if (place.isOurs ? landings > 0 : own.length > 1) {
        start()
      }
      await running
    },
  }
}

/** The whole repository: `git repack --geometric`, of its own objects alone, where there are many packs. */
async function repack({ objectsDir, durable }: UpkeepPlace): Promise<void> {
  const names = await readdir(path.join(objectsDir, 'pack'))
  if (names.filter((name) => name.endsWith('.pack')).length > maxPacks) {
    await runGit(['repack', '--geometric=2', '-d', '-l', '-q', '--no-write-bitmap-index'], durable)
  }
}

/** Makes one pack of the named ones; git-pack-objects(1), `--stdin-packs`. */
async function rollUp(
  { objectsDir, durable }: UpkeepPlace,
  names: readonly string[],
): Promise<string> {
  const folder = path.join(objectsDir, 'pack')
  const input = names.map((name) => `pack-${name}.pack\n`).join('')
  const args = [
    'pack-objects',
    '--stdin-packs',
    '-q',
    '--delta-base-offset',
    path.join(folder, 'pack'),
  ]
  const made = (await gitText(args, { ...durable, input })).trim()
  await syncFolder(folder)
  for (const name of names.filter((each) => each !== made)) {
    await rm(path.join(folder, `pack-${name}.idx`), { force: true })
    await rm(path.join(folder, `pack-${name}.pack`), { force: true })
  }
  return made
}

import path from 'node:path'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import { closeIndexes, openIndexes } from '../objects/pack-index.ts'
import { packTogether } from '../objects/pack-together.ts'
import { countPacks, deletePack, rollUpPacks } from '../objects/roll-up-packs.ts'
import { type TidyPlace, tidyRepository } from './tidy-repository.ts'

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

export interface UpkeepPlace extends TidyPlace {
  /** Whether all packs are ours to care for, or only those that this process landed. */
  readonly isOurs: boolean
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
    if (place.isOurs && (await countPacks(place.objectsDir)) > maxOthers) {
      await rollUpPacks(path.join(place.objectsDir, 'pack'), place.durable)
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

/** Makes one pack of the named ones. What was stored as it is gets compressed. */
async function rollUp(
  { objectsDir, durable }: UpkeepPlace,
  landed: readonly string[],
): Promise<void> {
  const folder = path.join(objectsDir, 'pack')
  const names = new Set(landed.map((name) => `pack-${name}`))
  const indexes = await openIndexes(folder, names)
  const options = ['--no-reuse-object', '--compression=1', '--window=3', '--threads=1']
  try {
    const made = await packTogether(folder, indexes, options, durable)
    await syncToDisk(folder)
    for (const { name } of made === null ? [] : indexes) {
      if (name !== made) {
        await deletePack(folder, name)
      }
    }
  } finally {
    await closeIndexes(indexes)
  }
}

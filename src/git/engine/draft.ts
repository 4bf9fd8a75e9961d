import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

const named = /\.git\.[0-9a-f]{12}$/
/** Making a repository takes a second, or some where many packs are linked. */
const oldMs = 60 * 60 * 1000

/**
 * Makes the repository at `place`, whose name ends in `.git`: there whole or not at all, whoever makes it at the same time and
 * whenever somebody is killed. `make` fills a folder that does not exist yet.
 */
export async function makeWhole(
  place: string,
  make: (draft: string) => Promise<void>,
): Promise<void> {
  const parent = path.dirname(place)
  await mkdir(parent, { recursive: true })
  const draft = `${place}.${randomBytes(6).toString('hex')}`
  try {
    await make(draft)
    await rename(draft, place)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!existsSync(path.join(place, 'HEAD'))) {
      throw error
    }
  }
}

/** Removes the drafts in `folder` that killed processes left, those which nobody has touched for an hour. */
export async function sweepDrafts(folder: string, now: Date): Promise<void> {
  const names = existsSync(folder) ? await readdir(folder) : []
  for (const name of names.filter((each) => named.test(each))) {
    const draft = path.join(folder, name)
    if (now.getTime() - (await touchedAt(draft)) > oldMs) {
      // Another process may sweep, too.
      await rm(draft, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
    }
  }
}

/** Milliseconds since the epoch; now for what is gone. */
async function touchedAt(draft: string): Promise<number> {
  const places = [draft, path.join(draft, 'objects'), path.join(draft, 'objects/pack')]
  const times = await Promise.all(
    places.map(async (place) => (await stat(place).catch(() => null))?.mtimeMs ?? 0),
  )
  return existsSync(draft) ? Math.max(...times) : Date.now()
}

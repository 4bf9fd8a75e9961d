import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import { type Sha, toSha } from '../../core/ids.ts'
import { durableSettings, requireGit } from '../cli/git-version.ts'
import { gitText } from '../cli/run-git.ts'
import type { Remote } from '../git-engine.ts'
import { createCoalescer } from './coalesce.ts'
import { makeWhole, sweepDrafts } from './draft.ts'
import { createPackUpkeep } from './pack-upkeep.ts'
import { fetchInto } from './remote.ts'
import { configureOwn, initOwn } from './repository.ts'

/** The objects of one upstream, which the repositories of all its projects borrow. */
export interface UpstreamStore {
  readonly objectsDir: string
  /** Whether what is fetched under these names from this remote belongs in here. */
  takes(remote: Remote, names: readonly string[]): boolean
  /**
   * Fetches branches and commits; gives what each name stands for. Those who ask for the same at once share one fetch.
   * Throws GIT_REMOTE_UNREACHABLE, GIT_REMOTE_DENIED, GIT_REMOTE_REF_MISSING.
   */
  fetch(
    remote: Remote,
    names: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, Sha>>
  /** See `GitEngine.tidy`. */
  tidy(): Promise<void>
  close(): Promise<void>
}

export interface UpstreamStores {
  /**
   * The store of `url`, made where absent: from the repository `seed`, where that has been fetched into before there were
   * stores, without a copy of its objects. `seed` borrows from it afterwards.
   */
  open(url: string, seed: string): Promise<UpstreamStore>
  /** Those that are open, one after the other. */
  tidy(): Promise<void>
  close(): Promise<void>
}

/** The stores below `directory`, each opened once. */
export function openUpstreamStores(directory: string): UpstreamStores {
  const opened = new Map<string, Promise<UpstreamStore>>()
  return {
    async open(url, seed) {
      const place = path.join(directory, `${storeName(url)}.git`)
      const store = opened.get(place) ?? openStore(place, url, seed)
      opened.set(place, store)
      const { objectsDir } = await store
      await borrow(seed, objectsDir, directory)
      return store
    },
    async tidy() {
      for (const store of opened.values()) {
        await (await store).tidy()
      }
    },
    async close() {
      for (const store of opened.values()) {
        await (await store.catch(() => null))?.close()
      }
    },
  }
}

const conflictAttempts = 3

async function openStore(place: string, url: string, seed: string): Promise<UpstreamStore> {
  await sweepDrafts(path.dirname(place), new Date())
  if (!existsSync(place)) {
    await makeStore(place, url, seed)
  }
  const objectsDir = path.join(place, 'objects')
  const durable = { gitDir: place, settings: durableSettings(await requireGit()) }
  const upkeep = createPackUpkeep({ objectsDir, isOurs: true, durable })
  const fetches = createCoalescer<ReadonlyMap<string, Sha>>()

  async function fetchNames(
    remote: Remote,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Sha>> {
    const refs = names.filter((name) => !isSha(name))
    const specs = names.map((name) => (isSha(name) ? name : `+${name}:${keptAs(name)}`))
    await fetchInto(durable, remote, specs, signal)
    upkeep.landed(null)
    const said = refs.length === 0 ? '' : await gitText(['rev-parse', ...refs.map(keptAs)], durable)
    const tips = said.split('\n')
    return new Map(refs.map((name, index) => [name, toSha(tips[index] ?? '')]))
  }

  return {
    objectsDir,
    takes: (remote, names) =>
      plain(remote.url) === plain(url) &&
      names.every((name) => name.startsWith('refs/heads/') || isSha(name)),
    async fetch(remote, names, signal) {
      const key = JSON.stringify([remote.authorization, ...new Set(names)])
      return fetches.run(
        key,
        async (stop) => orAgain(async () => fetchNames(remote, [...new Set(names)], stop)),
        signal,
      )
    },
    tidy: async () => upkeep.tidy(),
    close: async () => upkeep.close(),
  }
}

/** Another process may be moving the same refs; what it has fetched need not be fetched again. */
async function orAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      const isConflict = error instanceof BotError && error.code === 'GIT_REF_CONFLICT'
      if (!isConflict || attempt === conflictAttempts) {
        throw error
      }
    }
  }
}

async function makeStore(place: string, url: string, seed: string): Promise<void> {
  await makeWhole(place, async (draft) => {
    if ((await borrowedBy(seed)).length === 0 && existsSync(path.join(seed, 'objects'))) {
      // --local: the files are linked, not copied.
      await gitText(['clone', '-q', '--bare', '--local', '--template=', '--', seed, draft])
      await gitText(['config', '--remove-section', 'remote.origin'], { gitDir: draft })
      await configureOwn(draft)
    } else {
      await initOwn(draft)
    }
    await writeFile(path.join(draft, 'description'), `${plain(url)}\n`)
  })
}

/**
 * Lets the repository read the objects of a store, and of those it borrowed from before. Written anew at each start, because git
 * wants whole paths here and the state folder may have been moved.
 */
async function borrow(gitDir: string, objectsDir: string, stores: string): Promise<void> {
  const before = await borrowedBy(gitDir)
  const moved = before.map((line) =>
    existsSync(line) ? line : path.join(stores, path.basename(path.dirname(line)), 'objects'),
  )
  const lines = [
    ...new Set([path.resolve(objectsDir), ...moved.filter((line) => existsSync(line))]),
  ]
  if (lines.join('\n') !== before.join('\n')) {
    const file = path.join(gitDir, 'objects/info/alternates')
    const next = `${file}.${process.pid}`
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(next, lines.map((line) => `${line}\n`).join(''))
    await rename(next, file)
  }
}

async function borrowedBy(gitDir: string): Promise<readonly string[]> {
  const file = path.join(gitDir, 'objects/info/alternates')
  const text = existsSync(file) ? await readFile(file, 'utf8') : ''
  return text.split('\n').filter((line) => line !== '')
}

function isSha(name: string): boolean {
  return /^[0-9a-f]{40}$/.test(name)
}

/** No name is ever a folder where another is a file. */
function keptAs(name: string): string {
  return `refs/fetched/${createHash('sha256').update(name).digest('hex').slice(0, 40)}`
}

function storeName(url: string): string {
  return createHash('sha256').update(plain(url)).digest('hex').slice(0, 16)
}

function plain(url: string): string {
  return url.replace(/\/+$/, '')
}

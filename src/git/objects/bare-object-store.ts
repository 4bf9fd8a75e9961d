import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BotError } from '../../core/bot-error.ts'
import type { Sha } from '../../core/ids.ts'
import type { Mailbox } from '../../core/message.ts'
import type { Logger } from '../../log/logger.ts'
import type { NewCommit, ObjectStore, StoredCommit } from '../object-store.ts'
import { createObjectReader } from './cat-file.ts'
import { ensureRepository } from './create-repository.ts'
import { incomingFolder, writeFault } from './durable-file.ts'
import { readHistory, rewritten } from './history.ts'
import { maintainRepository } from './maintain.ts'
import {
  encodeCommit,
  encodeTree,
  type GitObject,
  storedDate,
  storedMessage,
  toObject,
} from './object-encoding.ts'
import { moveBranch, readBranch, sealBranch } from './ref-file.ts'
import { countPacks } from './roll-up-packs.ts'
import { storePack } from './store-pack.ts'

export interface ObjectStoreOptions {
  /** Who commits. */
  readonly committer: Mailbox
  /** What HEAD of a new repository names. */
  readonly headBranch: string
  /** Each append writes a pack; at so many they are rolled into fewer, in the background. */
  readonly packsBeforeRepack: number
  /** A ref lock older than this was left behind by a process that died: see `moveBranch`. */
  readonly staleLockMs: number
  /** Told of repacking that failed in the background; null: nobody is. */
  readonly log: Logger | null
}

const defaults: ObjectStoreOptions = {
  committer: { name: 'Patchferry', address: 'patchferry@localhost' },
  headBranch: 'master',
  packsBeforeRepack: 64,
  staleLockMs: 10_000,
  log: null,
}

/** Blobs and trees of an append: the same whatever they are put on. */
interface PreparedCommit {
  readonly commit: NewCommit
  readonly tree: Sha
  readonly files: Readonly<Record<string, Sha>>
}

/**
 * The append-only bare repository at `directory`, created where absent. Appends are written in this process, one
 * pack each, because starting git for every mail costs more than the mail; reading is left to git.
 * Throws GIT_REPOSITORY_UNSUPPORTED, GIT_DISK_FULL, GIT_NOT_WRITABLE, GIT_WRITE_FAILED.
 */
export async function openObjectStore(
  directory: string,
  options: Partial<ObjectStoreOptions> = {},
): Promise<ObjectStore> {
  const settings = { ...defaults, ...options }
  const repository = path.resolve(directory)
  await guarded(repository, () => ensureRepository(repository, settings.headBranch))
  const reader = createObjectReader({ gitDir: repository })
  const closing = new AbortController()
  let queue: Promise<unknown> = Promise.resolve()
  let repacking: Promise<void> | null = null

  const folders = {
    objectsDir: path.join(repository, 'objects'),
    incomingDir: path.join(repository, incomingFolder),
  }

  function place(branch: string): Parameters<typeof moveBranch>[0] {
    return { repository, branch, staleLockMs: settings.staleLockMs }
  }

  function maintain(signal: AbortSignal): Promise<void> {
    repacking ??= maintainRepository(repository, AbortSignal.any([signal, closing.signal]))
      // The reader holds deleted packs open; the next read starts another.
      .then(() => reader.close())
      .finally(() => {
        repacking = null
      })
    return repacking
  }

  /** Appending goes on meanwhile, but never so fast that packs pile up. */
  async function boundPacks(): Promise<void> {
    const packs = await countPacks(path.join(repository, 'objects'))
    if (packs < settings.packsBeforeRepack) {
      return
    }
    const done = maintain(closing.signal).catch((error: unknown) => {
      if (!closing.signal.aborted) {
        settings.log?.warn({ repository, error: String(error) }, 'repacking failed')
      }
    })
    if (packs > settings.packsBeforeRepack * 8) {
      await done
    }
  }

  async function append(
    branch: string,
    commits: readonly NewCommit[],
    signal: AbortSignal,
  ): Promise<{ before: Sha | null; commits: readonly StoredCommit[] }> {
    const prepared = commits.map(prepare)
    let objects = prepared.flatMap((each) => each.objects)
    for (;;) {
      signal.throwIfAborted()
      const before = readBranch({ repository, branch })
      const chain = link(prepared, before, settings.committer)
      const target = chain.at(-1)?.stored.sha
      if (target === undefined) {
        return { before, commits: [] }
      }
      await storePack(folders, [...objects, ...chain.map((each) => each.object)])
      const moved = await moveBranch(place(branch), before, target, signal)
      if (moved.outcome === 'moved') {
        return { before, commits: chain.map((each) => each.stored) }
      }
      if (moved.outcome === 'sealed') {
        throw new BotError('GIT_BRANCH_SEALED', `${branch} of ${repository} takes no more`, {
          retry: 'never',
          details: { repository, branch },
        })
      }
      // The contents are stored; only the commits have to be put on another parent.
      objects = []
      await sleep(Math.random() * 5)
    }
  }

  return {
    append(branch, commits, signal) {
      const result = queue.then(async () =>
        guarded(repository, async () => {
          await boundPacks()
          return append(branch, commits, signal)
        }),
      )
      queue = result.catch(() => {})
      return result
    },
    tip: async (branch) => readBranch({ repository, branch }),
    async *log(branch, since, signal, order = 'oldest-first') {
      const tip = readBranch({ repository, branch })
      if (tip !== null) {
        yield* readHistory({ repository, tip, since, order }, reader, signal)
      } else if (since !== null) {
        throw rewritten(repository, since, tip)
      }
    },
    blobs: async (shas, signal) => reader.read('blob', shas, signal),
    blobOf: (content) => toObject('blob', content).sha,
    seal: async (branch, signal) => guarded(repository, () => sealBranch(place(branch), signal)),
    maintain,
    size: async () => bytesUnder(path.join(repository, 'objects')),
    async close() {
      await queue
      closing.abort()
      await repacking?.catch(() => {})
      await reader.close()
    },
  }
}

function prepare(commit: NewCommit): PreparedCommit & { readonly objects: readonly GitObject[] } {
  const blobs = Object.entries(commit.files).map(
    ([name, content]) => [name, toObject('blob', content)] as const,
  )
  const files = Object.fromEntries(blobs.map(([name, blob]) => [name, blob.sha]))
  const tree = toObject('tree', encodeTree(files))
  return { commit, tree: tree.sha, files, objects: [...blobs.map(([, blob]) => blob), tree] }
}

/** The commits themselves, each on the one before it. */
function link(
  prepared: readonly PreparedCommit[],
  before: Sha | null,
  committer: Mailbox,
): readonly { readonly object: GitObject; readonly stored: StoredCommit }[] {
  let parent = before
  return prepared.map(({ commit, tree, files }) => {
    const { author, authoredAt, committedAt, message } = commit
    const fields = { tree, parent, author, authoredAt, committer, committedAt, message }
    const object = toObject('commit', encodeCommit(fields))
    parent = object.sha
    const stored = {
      sha: object.sha,
      files,
      authoredAt: storedDate(authoredAt),
      committedAt: storedDate(committedAt),
      message: storedMessage(message),
    }
    return { object, stored }
  })
}

async function guarded<T>(repository: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw writeFault(repository, error)
  }
}

/** Files that vanish meanwhile (repacking) count as nothing. */
async function bytesUnder(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  let bytes = 0
  for (const entry of entries) {
    if (entry.isFile()) {
      const found = await stat(path.join(entry.parentPath, entry.name)).catch(() => null)
      bytes += found?.size ?? 0
    }
  }
  return bytes
}

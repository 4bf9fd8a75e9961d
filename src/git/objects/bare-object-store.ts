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
  objectName,
  storedDate,
  storedMessage,
  toObject,
} from './object-encoding.ts'
import { buildPack } from './pack.ts'
import { moveBranch, readBranch, sealBranch } from './ref-file.ts'
import { countPacks } from './roll-up-packs.ts'
import { writePack } from './store-pack.ts'

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
    commits: Iterable<NewCommit>,
    signal: AbortSignal,
  ): Promise<{ before: Sha | null; commits: readonly StoredCommit[] }> {
    for (let areContentsStored = false; ; areContentsStored = true) {
      signal.throwIfAborted()
      const before = readBranch({ repository, branch })
      const appended: StoredCommit[] = []
      const chain = chainOf(commits, before, settings.committer, appended)
      const pack = await buildPack(areContentsStored ? commitsAmong(chain) : chain)
      const target = appended.at(-1)?.sha
      if (target === undefined) {
        return { before, commits: [] }
      }
      await writePack(folders, pack)
      const moved = await moveBranch(place(branch), before, target, signal)
      if (moved.outcome === 'moved') {
        return { before, commits: appended }
      }
      if (moved.outcome === 'sealed') {
        throw new BotError('GIT_BRANCH_SEALED', `${branch} of ${repository} takes no more`, {
          retry: 'never',
          details: { repository, branch },
        })
      }
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
    blobOf: (content) => objectName('blob', content),
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

/**
 * The objects of commits, each on the one before it. They are made one after the other, so that what is many need not be in
 * memory at once; `appended` is told of each commit.
 */
function* chainOf(
  commits: Iterable<NewCommit>,
  before: Sha | null,
  committer: Mailbox,
  appended: StoredCommit[],
): Generator<GitObject> {
  let parent = before
  for (const each of commits) {
    const names: [string, Sha][] = []
    for (const [name, content] of Object.entries(each.files)) {
      const sha = each.blobs?.[name] ?? objectName('blob', content)
      names.push([name, sha])
      yield { type: 'blob', content, sha, basis: null }
    }
    const files = Object.fromEntries(names)
    const tree = toObject('tree', encodeTree(files))
    yield tree
    const { author, authoredAt, committedAt, message } = each
    const fields = { tree: tree.sha, parent, author, authoredAt, committer, committedAt, message }
    const commit = toObject('commit', encodeCommit(fields))
    yield commit
    parent = commit.sha
    appended.push({
      sha: commit.sha,
      files,
      authoredAt: storedDate(authoredAt),
      committedAt: storedDate(committedAt),
      message: storedMessage(message),
    })
  }
}

/** What has to be stored anew to put contents that are stored on another parent. */
function* commitsAmong(objects: Iterable<GitObject>): Generator<GitObject> {
  for (const object of objects) {
    if (object.type === 'commit') {
      yield object
    }
  }
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

import { BotError } from '../core/bot-error.ts'
import type {
  ArchivedDelivery,
  ArchiveEntry,
  ArchivePosition,
  NewDelivery,
} from '../core/delivery.ts'
import type { Sha } from '../core/ids.ts'
import type { NewCommit, ObjectStore, OpenObjectStore, StoredCommit } from '../git/object-store.ts'
import type { Archive } from './archive.ts'
import { deliveryMessage, parseDeliveryMessage } from './archive-commit.ts'
import {
  createLayout,
  epochDirectory,
  epochsOf,
  linkEpochs,
  mailFile,
  placeOf,
  positionOf,
} from './archive-layout.ts'
import { glanceAtMail } from './mail-glance.ts'

export interface PublicInboxArchiveOptions {
  readonly directory: string
  readonly openStore: OpenObjectStore
  /** An epoch that has grown to this size takes no more mail; 1 GB when absent, as with public-inbox. */
  readonly rotateBytes?: number
}

const branch = 'master'
const gigabyte = 1024 ** 3

/** Raw mails are read a few at a time, because each may be large. */
const mailsPerRead = 25

/**
 * The archive as a folder in the layout of public-inbox-v2-format(5), which git, public-inbox and lei read: epochs
 * `git/0.git`, `git/1.git` and so on, one mail per commit. Only the newest epoch is appended to; the ones before
 * it are sealed, so that what comes after a position never lies in an earlier epoch.
 */
export async function openPublicInboxArchive(options: PublicInboxArchiveOptions): Promise<Archive> {
  const { directory, openStore } = options
  const rotateBytes = options.rotateBytes ?? gigabyte
  const stores = new Map<number, Promise<ObjectStore>>()
  const sizes = new Map<number, SizeEstimate>()

  function storeOf(epoch: number): Promise<ObjectStore> {
    const open = stores.get(epoch) ?? openStore(epochDirectory(directory, epoch))
    stores.set(epoch, open)
    open.catch(() => stores.delete(epoch))
    return open
  }

  async function addEpoch(epoch: number): Promise<ObjectStore> {
    const store = await storeOf(epoch)
    await linkEpochs(directory, await epochsOf(directory), openStore)
    return store
  }

  /** Whether the epoch has reached its size. Asking the disk is slow, so that is done now and then only. */
  async function isFull(epoch: number, store: ObjectStore, coming: number): Promise<boolean> {
    const known = sizes.get(epoch)
    if (known !== undefined && known.uncounted < rotateBytes / 64) {
      sizes.set(epoch, { ...known, uncounted: known.uncounted + coming })
      return known.counted >= rotateBytes
    }
    const counted = await store.size()
    sizes.set(epoch, { counted, uncounted: coming })
    return counted >= rotateBytes
  }

  /** The newest entry of the epochs up to `epoch`. */
  async function tipUpTo(epoch: number): Promise<ArchivePosition | null> {
    const epochs = await epochsOf(directory)
    for (const each of epochs.filter((number) => number <= epoch).toReversed()) {
      const commit = await (await storeOf(each)).tip(branch)
      if (commit !== null) {
        return positionOf({ epoch: each, commit })
      }
    }
    return null
  }

  /** Null when another process, or we, sealed the epoch: the next one is where it goes. */
  async function appendTo(
    epoch: number,
    deliveries: readonly NewDelivery[],
    signal: AbortSignal,
  ): Promise<Awaited<ReturnType<Archive['append']>> | null> {
    const store = await storeOf(epoch)
    const bytes = deliveries.reduce((sum, { raw }) => sum + raw.length, 0)
    if (await isFull(epoch, store, bytes)) {
      await store.seal(branch, signal)
      return null
    }
    try {
      const appended = await store.append(branch, commitsOf(deliveries), signal)
      const before =
        appended.before === null
          ? await tipUpTo(epoch - 1)
          : positionOf({ epoch, commit: appended.before })
      return { before, entries: appended.commits.flatMap((each) => entryOf(epoch, each) ?? []) }
    } catch (error) {
      if (error instanceof BotError && error.code === 'GIT_BRANCH_SEALED') {
        return null
      }
      throw error
    }
  }

  async function readMails(
    epoch: number,
    blobs: readonly Sha[],
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    if (!stores.has(epoch) && !(await epochsOf(directory)).includes(epoch)) {
      throw missing(directory, `it has no epoch ${epoch}`)
    }
    try {
      return await (await storeOf(epoch)).blobs(blobs, signal)
    } catch (error) {
      if (error instanceof BotError && error.code === 'GIT_OBJECT_MISSING') {
        throw missing(directory, error.message, error)
      }
      throw error
    }
  }

  async function* readCommits(
    epoch: number,
    commits: readonly StoredCommit[],
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly entry: ArchiveEntry; readonly delivery: ArchivedDelivery }> {
    // A commit without `m` is a deletion made with the tools of public-inbox.
    const entries = commits.flatMap((commit) => {
      const entry = entryOf(epoch, commit)
      return entry === null ? [] : [{ entry, commit }]
    })
    const blobs = entries.map(({ entry }) => entry.blob)
    const mails = await readMails(epoch, blobs, signal)
    for (const [index, { entry, commit }] of entries.entries()) {
      const raw = mails[index] ?? Buffer.of()
      yield { entry, delivery: { raw, ...factsOf(commit, entry) } }
    }
  }

  await createLayout(directory)
  const newest = await addEpoch((await epochsOf(directory)).at(-1) ?? 0)

  return {
    async append(deliveries, signal) {
      let epoch = (await epochsOf(directory)).at(-1) ?? 0
      if (deliveries.length === 0) {
        return { before: await tipUpTo(epoch), entries: [] }
      }
      for (;;) {
        const appended = await appendTo(epoch, deliveries, signal)
        if (appended !== null) {
          return appended
        }
        epoch += 1
        await addEpoch(epoch)
      }
    },
    tip: () => tipUpTo(Number.POSITIVE_INFINITY),
    async *read(since, signal) {
      const from = since === null ? null : placeOf(since)
      const epochs = await epochsOf(directory)
      if (from !== null && !epochs.includes(from.epoch)) {
        throw missing(directory, `it has no epoch ${from.epoch}`)
      }
      for (const epoch of epochs.filter((each) => each >= (from?.epoch ?? 0))) {
        const after = epoch === from?.epoch ? from.commit : null
        const log = (await storeOf(epoch)).log(branch, after, signal)
        for await (const commits of inChunks(log)) {
          yield* readCommits(epoch, commits, signal)
        }
      }
    },
    async rawMails(entries, signal) {
      const wanted = entries.map(({ position, blob }) => ({ ...placeOf(position), blob }))
      const found = new Map<Sha, Uint8Array>()
      for (const epoch of new Set(wanted.map((each) => each.epoch))) {
        const blobs = wanted.filter((each) => each.epoch === epoch).map((each) => each.blob)
        const mails = await readMails(epoch, blobs, signal)
        for (const [index, blob] of blobs.entries()) {
          found.set(blob, mails[index] ?? Buffer.of())
        }
      }
      return wanted.map(({ blob }) => found.get(blob) ?? Buffer.of())
    },
    blobOf: (raw) => newest.blobOf(raw),
    async close() {
      const open = await Promise.allSettled(stores.values())
      await Promise.all(
        open.map(async (store) => (store.status === 'fulfilled' ? store.value.close() : null)),
      )
    },
  }
}

interface SizeEstimate {
  readonly counted: number
  /** Bytes of raw mail appended since. */
  readonly uncounted: number
}

/** Made anew each time they are gone through, so that they need not be in memory at once. */
function commitsOf(deliveries: readonly NewDelivery[]): Iterable<NewCommit> {
  return {
    *[Symbol.iterator]() {
      for (const delivery of deliveries) {
        yield toCommit(delivery)
      }
    },
  }
}

function toCommit(delivery: NewDelivery): NewCommit {
  const { from, subject, sentAt } = glanceAtMail(delivery.raw)
  return {
    files: { [mailFile]: delivery.raw },
    blobs: { [mailFile]: delivery.blob },
    author: from,
    authoredAt: sentAt ?? delivery.arrivedAt,
    committedAt: delivery.arrivedAt,
    message: deliveryMessage(subject, delivery),
  }
}

function entryOf(epoch: number, commit: StoredCommit): ArchiveEntry | null {
  const blob = commit.files[mailFile]
  return blob === undefined
    ? null
    : { position: positionOf({ epoch, commit: commit.sha }), commit: commit.sha, blob }
}

/** Of a commit that public-inbox wrote nothing is known: it stays silent. */
function factsOf(commit: StoredCommit, entry: ArchiveEntry): Omit<ArchivedDelivery, 'raw'> {
  return (
    parseDeliveryMessage(commit.message) ?? {
      source: 'public-inbox',
      location: entry.position,
      arrivedAt: commit.committedAt,
      isSilent: true,
    }
  )
}

async function* inChunks(
  log: AsyncIterable<StoredCommit>,
): AsyncGenerator<readonly StoredCommit[]> {
  let chunk: StoredCommit[] = []
  for await (const commit of log) {
    chunk.push(commit)
    if (chunk.length >= mailsPerRead) {
      yield chunk
      chunk = []
    }
  }
  yield chunk
}

function missing(directory: string, why: string, cause?: unknown): BotError {
  return new BotError('MAIL_ARCHIVE_MISSING', `the archive ${directory} lacks a mail: ${why}`, {
    retry: 'after-human',
    details: { directory },
    cause,
  })
}

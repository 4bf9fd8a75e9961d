import { existsSync } from 'node:fs'
import path from 'node:path'
import { hasHistory } from '../../flow/recovery/require-own-store.ts'
import type { Logger } from '../../log/logger.ts'
import { lockWorker } from '../../store/sqlite/worker-lock.ts'
import { makeFolder } from '../../util/make-folder.ts'
import { namesIn } from '../../util/names-in.ts'
import { removeTree } from '../../util/remove-tree.ts'
import { lookIntoStore } from '../doctor/records.ts'
import { isEmptyStore } from '../inspect-store.ts'
import { openArchive, openJournal } from '../open-records.ts'
import { noteRestore } from '../require-restored.ts'
import type { StateLayout } from '../state-layout.ts'
import { refusal } from './manifest.ts'

/** An operator may have put it back already, or mounted a disk of its own. */
const mayBeThere: ReadonlySet<string> = new Set(['return-path.key', 'lost+found'])

/** What every start makes, also one that finds nothing. */
const madeByStarting: ReadonlySet<string> = new Set([
  'store.sqlite',
  'store.sqlite-wal',
  'store.sqlite-shm',
  'archive',
  'journal.git',
  'checkouts',
  'repositories',
  'sources',
  'upstreams',
])

/** What lies in the state folder but for what may stay there, the locks among it. */
async function contentsOf(directory: string, { workerLock }: StateLayout): Promise<string[]> {
  const lock = path.basename(workerLock)
  return (await namesIn(directory)).filter(
    (name) => !mayBeThere.has(name) && !name.startsWith(lock),
  )
}

async function knowsMail(layout: StateLayout): Promise<boolean> {
  try {
    return (await lookIntoStore(layout, (reader) => reader.messageCount())) !== 0
  } catch (error) {
    return !isEmptyStore(error)
  }
}

/** A service that was started without its state made all that is there, and never took a mail. */
async function isUnused(layout: StateLayout, log: Logger, signal: AbortSignal): Promise<boolean> {
  const { store, archive: archiveFolder, journal: journalFolder } = layout
  if (existsSync(store) && (await knowsMail(layout))) {
    return false
  }
  if (existsSync(archiveFolder)) {
    const archive = await openArchive(archiveFolder, log)
    try {
      if ((await archive.tip()) !== null) {
        return false
      }
    } finally {
      await archive.close()
    }
  }
  if (existsSync(journalFolder)) {
    const journal = await openJournal(journalFolder, log)
    try {
      return !(await hasHistory({ journal }, signal))
    } finally {
      await journal.close()
    }
  }
  return true
}

/**
 * Makes the state folder ready for what lies in `from`: what a restore left behind that did not come to its end is removed, and what a
 * start made that found no state. Throws CLI_STATE_NOT_EMPTY, STORE_WORKER_RUNNING.
 */
export async function clearState(
  directory: string,
  layout: StateLayout,
  from: string,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const found = await contentsOf(directory, layout)
  const isRestoring = found.includes(path.basename(layout.restoring))
  const notEmpty = refusal(
    'CLI_STATE_NOT_EMPTY',
    `${directory}: it holds ${found.slice(0, 5).join(', ')}`,
  )
  if (!isRestoring && !found.every((name) => madeByStarting.has(name))) {
    throw notEmpty
  }
  await makeFolder(directory)
  const lock = lockWorker(layout.workerLock)
  try {
    if (!isRestoring && !(await isUnused(layout, log, signal))) {
      throw notEmpty
    }
    await noteRestore(layout, from)
    await empty(directory, layout)
  } finally {
    lock.release()
  }
}

async function empty(directory: string, layout: StateLayout): Promise<void> {
  for (const name of await contentsOf(directory, layout)) {
    if (name !== path.basename(layout.restoring)) {
      await removeTree(path.join(directory, name))
    }
  }
}

/** Nothing of the backup is left in the state folder, and nothing says any more that it is to be restored. */
export async function emptyState(directory: string, layout: StateLayout): Promise<void> {
  await empty(directory, layout)
  await removeTree(layout.restoring)
}

import { mkdir, realpath } from 'node:fs/promises'
import path from 'node:path'
import { loadConfig } from '../../config/load-config.ts'
import { BotError, type Retry } from '../../core/bot-error.ts'
import type { Sha } from '../../core/ids.ts'
import { defaultLooseGapMs } from '../../core/series/loose-join.ts'
import { isDiskFull } from '../../flow/full-disk.ts'
import {
  requireFoundState,
  requireOwnArchive,
  requireOwnJournal,
} from '../../flow/recovery/require-own-store.ts'
import { copyBranches } from '../../git/objects/copy-branches.ts'
import type { Logger } from '../../log/logger.ts'
import { epochDirectory, epochsOf } from '../../mail/archive-layout.ts'
import { copySqliteStore } from '../../store/sqlite/copy-sqlite-store.ts'
import { openSqliteStore } from '../../store/sqlite/open-sqlite-store.ts'
import { lockWorker } from '../../store/sqlite/worker-lock.ts'
import type { WorkerLock } from '../../store/store.ts'
import { makeFolder } from '../../util/make-folder.ts'
import { namesIn } from '../../util/names-in.ts'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import { openLog, systemClock } from '../open-log.ts'
import { withRecords } from '../open-records.ts'
import { requireRestored } from '../require-restored.ts'
import { type StateLayout, stateLayout } from '../state-layout.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import {
  type BackupManifest,
  backupLayout,
  fingerprint,
  isBackupFolder,
  manifestFile,
  readManifest,
  refusal,
  removeStores,
  writeDurably,
  writeManifest,
} from './manifest.ts'

function isWithin(inner: string, outer: string): boolean {
  const relative = path.relative(outer, inner)
  return !relative.startsWith('..') && !path.isAbsolute(relative)
}

/** Where a path leads by whatever links, also one that is not there yet. */
async function placeOf(directory: string): Promise<string> {
  const parent = path.dirname(directory)
  try {
    return await realpath(directory)
  } catch {
    return parent === directory
      ? directory
      : path.join(await placeOf(parent), path.basename(directory))
  }
}

/**
 * The manifest names the version that can read it. Throws STORE_NEWER, STORE_NOT_MIGRATED where there is no store, FLOW_STATE_LOST where it is
 * another than that of the mirrors, FLOW_RECORDS_LOST where archive or journal are gone.
 */
async function requireWhole(state: StateLayout, log: Logger, signal: AbortSignal): Promise<void> {
  try {
    const options = { looseGapMs: defaultLooseGapMs, mustExist: true }
    const store = await openSqliteStore(state.store, options)
    try {
      await store.read(requireFoundState)
      await withRecords(state, log, async (archive, journal) => {
        await requireOwnArchive(store, archive)
        await requireOwnJournal(store, journal, signal)
      })
    } finally {
      await store.close()
    }
  } catch (error) {
    // Copying needs less than opening does: room on the disk, for example.
    const stops = /^(?:STORE_(?:NEWER|NOT_MIGRATED)|FLOW_(?:STATE|RECORDS)_LOST)$/
    if (error instanceof BotError && stops.test(error.code)) {
      throw error
    }
  }
}

/** Throws CLI_BACKUP_FOLDER for one that holds something else, or lies in the state folder. */
async function prepareFolder(directory: string, stateDirectory: string): Promise<void> {
  const [place, state] = [await placeOf(directory), await placeOf(stateDirectory)]
  if (isWithin(place, state) || isWithin(state, place)) {
    throw refusal('CLI_BACKUP_FOLDER', `${directory}: it would be lost with ${stateDirectory}`)
  }
  const names = await namesIn(directory)
  if (names.length > 0 && !isBackupFolder(names)) {
    throw refusal('CLI_BACKUP_FOLDER', `${directory}: it holds other files, and no backup`)
  }
  await makeFolder(directory, 0o700)
}

/** What stands for the lock of a store, said of the folder of the backup. */
const lockFaults: Readonly<Record<string, readonly [code: string, retry: Retry, what: string]>> = {
  STORE_WORKER_RUNNING: ['CLI_BACKUP_RUNNING', 'later', 'another backup writes here'],
  STORE_READ_ONLY: ['CLI_PATH_NOT_WRITABLE', 'after-human', 'it cannot be written'],
  STORE_CANNOT_OPEN: ['CLI_PATH_NOT_WRITABLE', 'after-human', 'it cannot be written'],
}

/** Throws CLI_BACKUP_RUNNING, CLI_PATH_NOT_WRITABLE. */
function lockFolder(file: string): WorkerLock {
  try {
    return lockWorker(file)
  } catch (error) {
    const [code, retry, what] = lockFaults[error instanceof BotError ? error.code : ''] ?? []
    throw code === undefined || retry === undefined
      ? error
      : new BotError(code, `${path.dirname(file)}: ${what}`, { retry, cause: error })
  }
}

/** Whatever of it was being written: the disk of the backup is full, unless the fault names the store in `live`. */
function sayIfFull(error: unknown, directory: string, live: string): unknown {
  const isOurs = error instanceof BotError && error.details['file'] === live
  return isDiskFull(error) && !isOurs
    ? new BotError('CLI_BACKUP_DISK_FULL', `${directory}: the disk of the backup is full`, {
        retry: 'later',
        details: { directory },
        cause: error,
      })
    : error
}

/** The commits that are there are those of another installation, or of a state folder that was restored by hand. */
async function copyOwn(
  ...[from, to, branches, signal]: Parameters<typeof copyBranches>
): Promise<Readonly<Record<string, Sha | null>>> {
  try {
    return await copyBranches(from, to, branches, signal)
  } catch (error) {
    throw error instanceof BotError && error.code === 'GIT_HISTORY_REWRITTEN'
      ? refusal('CLI_BACKUP_OTHER', `${to}: it holds what ${from} does not`)
      : error
  }
}

/**
 * `patchferry backup DIR`, beside a running service. The store first, then the archive, the journal last: what the store knows
 * of is in the archive, and the journal, which tells what was sent, is as young as can be. What is new since the last backup
 * in `directory` is added; that one stays whole until this one is. Throws CLI_BACKUP_FOLDER, CLI_BACKUP_RUNNING,
 * CLI_BACKUP_OTHER, CLI_BACKUP_DISK_FULL, FLOW_RECORDS_LOST.
 */
export async function backUp(
  configFile: string,
  directory: string,
  terminal: Terminal,
): Promise<BackupManifest> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  const target = path.resolve(terminal.cwd, directory)
  const state = stateLayout(config.stateDirectory)
  requireRestored(state)
  await requireWhole(state, openLog(config, terminal), terminal.stopping)
  try {
    await prepareFolder(target, path.resolve(config.stateDirectory))
    return await writeBackup(target, state, terminal.stopping)
  } catch (error) {
    throw sayIfFull(error, target, state.store)
  }
}

/** An archive that is younger than its backup is none of its. Throws CLI_BACKUP_OTHER. */
function requireGrown(
  target: string,
  before: BackupManifest | null,
  epochs: readonly number[],
): void {
  const lost = before?.archive.find(
    ({ epoch, commit }) => commit !== null && !epochs.includes(epoch),
  )
  if (lost !== undefined) {
    throw refusal('CLI_BACKUP_OTHER', `${target}: it holds mails that the state folder lacks`)
  }
}

async function writeBackup(
  target: string,
  state: StateLayout,
  signal: AbortSignal,
): Promise<BackupManifest> {
  const layout = backupLayout(target)
  const lock = lockFolder(layout.lock)
  try {
    const madeAt = systemClock()
    const before = (await namesIn(target)).includes(manifestFile)
      ? await readManifest(target)
      : null
    requireGrown(target, before, await epochsOf(state.archive))
    await writeDurably(layout.unfinished, `begun ${madeAt.toISOString()}\n`)
    await removeStores(target, before?.store.file ?? null)
    const file = `store-${madeAt.toISOString().replaceAll(/[:.]/g, '-')}.sqlite`
    await copySqliteStore(state.store, layout.store(file))
    await syncToDisk(layout.store(file))
    await mkdir(path.join(layout.archive, 'git'), { recursive: true })
    const archive: BackupManifest['archive'] = []
    for (const epoch of await epochsOf(state.archive)) {
      const to = epochDirectory(layout.archive, epoch)
      const from = epochDirectory(state.archive, epoch)
      const { master = null } = await copyOwn(from, to, ['master'], signal)
      archive.push({ epoch, commit: master })
    }
    const branches = ['sent', 'decisions']
    const { sent = null, decisions = null } = await copyOwn(
      state.journal,
      layout.journal,
      branches,
      signal,
    )
    const manifest: BackupManifest = {
      format: 1,
      madeAt,
      patchferry: version,
      store: { file, ...(await fingerprint(layout.store(file))) },
      archive,
      journal: { sent, decisions },
    }
    await writeManifest(target, manifest)
    return manifest
  } finally {
    lock.release()
  }
}

import { copyFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../../config/config.ts'
import { loadConfig } from '../../config/load-config.ts'
import { BotError } from '../../core/bot-error.ts'
import type { IntakePorts } from '../../flow/intake/take-mail.ts'
import { type CaughtUp, catchUp } from '../../flow/recovery/catch-up.ts'
import { copyBranches, hasCommit } from '../../git/objects/copy-branches.ts'
import { epochDirectory, epochsOf } from '../../mail/archive-layout.ts'
import { lockWorker } from '../../store/sqlite/worker-lock.ts'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import { openLog, systemClock } from '../open-log.ts'
import { requireRemoteSecrets, requireSourceSecrets } from '../require-secrets.ts'
import { openRuntime } from '../runtime.ts'
import { type StateLayout, stateLayout } from '../state-layout.ts'
import type { Terminal } from '../terminal.ts'
import { clearState, emptyState } from './clear-state.ts'
import {
  type BackupManifest,
  backupLayout,
  damaged,
  fingerprint,
  readManifest,
} from './manifest.ts'
import { takeSetAside } from './set-aside.ts'

export interface Restored extends CaughtUp {
  readonly madeAt: Date
  /** Mails that sources had moved away and that are not in the backup. */
  readonly foundAgain: number
  /** Sources that could not be looked at for such mails. */
  readonly unread: readonly { readonly source: string; readonly reason: string }[]
}

/** What git says of a damaged repository; a full disk of ours is no damage. */
async function sound<T>(directory: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof BotError && error.retry === 'later'
      ? error
      : damaged(directory, `${what} is damaged`, error)
  }
}

/**
 * Each object is checked on its way. What a later backup added before it broke off is taken too: both only grow, and who knows
 * more of what was sent sends less twice.
 */
async function copyRecords(
  directory: string,
  manifest: BackupManifest,
  state: StateLayout,
  signal: AbortSignal,
): Promise<void> {
  const backup = backupLayout(directory)
  const copies = [
    ...(await epochsOf(backup.archive)).map((epoch) => ({
      from: epochDirectory(backup.archive, epoch),
      to: epochDirectory(state.archive, epoch),
      commits: { master: manifest.archive.find((one) => one.epoch === epoch)?.commit ?? null },
      what: `epoch ${epoch} of the archive`,
    })),
    { from: backup.journal, to: state.journal, commits: manifest.journal, what: 'the journal' },
  ]
  if (manifest.archive.length > copies.length - 1) {
    throw damaged(directory, 'an epoch of the archive is missing')
  }
  for (const { from, to, commits, what } of copies) {
    await sound(directory, what, async () => {
      await copyBranches(from, to, Object.keys(commits), signal)
      for (const [branch, commit] of Object.entries(commits)) {
        if (commit !== null && !(await hasCommit(to, branch, commit, signal))) {
          throw new Error(`${branch} lacks ${commit}`)
        }
      }
    })
  }
}

async function copyStore(directory: string, { store }: BackupManifest, to: string): Promise<void> {
  const file = backupLayout(directory).store(store.file)
  await sound(directory, 'the store', () => copyFile(file, to))
  const { sha256 } = await fingerprint(to)
  if (sha256 !== store.sha256) {
    throw damaged(directory, 'the store is damaged: its checksum is another')
  }
  await syncToDisk(to)
}

async function lookInSources(
  { sources }: Config,
  madeAt: Date,
  ports: IntakePorts,
  signal: AbortSignal,
): Promise<Pick<Restored, 'foundAgain' | 'unread'>> {
  const unread: Restored['unread'][number][] = []
  let foundAgain = 0
  for (const source of sources) {
    try {
      foundAgain += await takeSetAside(source, madeAt, ports, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof BotError) || !error.code.startsWith('MAIL_')) {
        throw error
      }
      unread.push({ source: source.name, reason: `${error.code}: ${error.message}` })
    }
  }
  return { foundAgain, unread }
}

async function bringUpToDate(
  config: Config,
  { madeAt }: BackupManifest,
  state: StateLayout,
  terminal: Terminal,
): Promise<Restored> {
  const lock = lockWorker(state.workerLock)
  try {
    const log = openLog(config, terminal)
    const options = { clock: systemClock, log, isRestoring: true }
    const runtime = await openRuntime(config, options)
    try {
      const { ports } = runtime
      const caughtUp = await catchUp(madeAt, ports, terminal.stopping)
      const again = await lookInSources(config, madeAt, ports, terminal.stopping)
      return { ...caughtUp, ...again, madeAt }
    } finally {
      await runtime.close()
    }
  } finally {
    lock.release()
  }
}

/** Elsewhere such a fault is tried again by itself; a restore is not. */
function sayHowToGoOn(error: unknown, source: string): unknown {
  return error instanceof BotError && error.retry === 'later'
    ? new BotError(error.code, error.message, {
        retry: 'later',
        remedy: `Put that right, then run \`patchferry restore ${source}\` again: it begins anew by itself.`,
        details: error.details,
        cause: error,
      })
    : error
}

/**
 * `patchferry restore DIR`: fills an empty state folder from a backup, checks it, and brings the store up to what journal,
 * mirror and forge know, and what sources have moved away since. Until it has come to its end nothing else works there; it may be run again. Throws
 * CLI_STATE_NOT_EMPTY, CLI_BACKUP_MISSING, CLI_BACKUP_UNFINISHED, CLI_BACKUP_DAMAGED (the state folder is empty again then), CLI_BACKUP_NEWER, STORE_NEWER, CONFIG_SECRET_UNREADABLE.
 */
export async function restore(
  configFile: string,
  directory: string,
  terminal: Terminal,
): Promise<Restored> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  requireRemoteSecrets(config)
  requireSourceSecrets(config)
  const source = path.resolve(terminal.cwd, directory)
  const manifest = await readManifest(source)
  const state = stateLayout(config.stateDirectory)
  const log = openLog(config, terminal)
  await clearState(config.stateDirectory, state, source, log, terminal.stopping)
  try {
    await copyStore(source, manifest, state.store)
    await copyRecords(source, manifest, state, terminal.stopping)
    const restored = await bringUpToDate(config, manifest, state, terminal)
    await rm(state.restoring)
    await syncToDisk(config.stateDirectory)
    return restored
  } catch (error) {
    if (error instanceof BotError && error.code === 'CLI_BACKUP_DAMAGED') {
      await emptyState(config.stateDirectory, state)
    }
    throw sayHowToGoOn(error, source)
  }
}

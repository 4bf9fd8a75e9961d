import { existsSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import { BotError } from '../core/bot-error.ts'
import type { Decision } from '../core/decision.ts'
import { defaultLooseGapMs } from '../core/series/loose-join.ts'
import { explain, type StoredStatus, status } from '../flow/acts/inspect.ts'
import { requireFoundState, requireNoHistory } from '../flow/recovery/require-own-store.ts'
import { type Silenced, silenced } from '../flow/report/silence.ts'
import { type ShownHealth, showHealth } from '../flow/watch/show-health.ts'
import { type MailObject, mailObject } from '../mail/archive-layout.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { openLog, systemClock } from './open-log.ts'
import { openArchive, openJournal } from './open-records.ts'
import { requireRestored } from './require-restored.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'
import { freeBytes } from './watch.ts'

export type { ShownHealth } from '../flow/watch/show-health.ts'

/** One that needs a migration is not empty. */
export function isEmptyStore(error: unknown): boolean {
  return (
    error instanceof BotError &&
    error.code === 'STORE_NOT_MIGRATED' &&
    (error.details['version'] ?? null) === null
  )
}

/** Throws FLOW_STORE_LOST where the records beside an empty store tell of earlier work. Makes nothing. */
async function refuseLostStore(config: Config, terminal: Terminal): Promise<void> {
  const layout = stateLayout(config.stateDirectory)
  if (!existsSync(layout.archive) || !existsSync(layout.journal)) {
    return
  }
  const log = openLog(config, terminal)
  const archive = await openArchive(layout.archive, log)
  const journal = await openJournal(layout.journal, log)
  try {
    await requireNoHistory({ archive, journal }, terminal.stopping)
  } finally {
    await journal.close()
    await archive.close()
  }
}

/**
 * Opens the store beside a running service, looks, and closes it. Throws STORE_NOT_MIGRATED where there is none, and
 * FLOW_STORE_LOST where there was one, FLOW_STATE_LOST where a start found that out, and CLI_RESTORE_UNFINISHED.
 */
export async function withStore<T>(
  config: Config,
  terminal: Terminal,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const layout = stateLayout(config.stateDirectory)
  requireRestored(layout)
  let store: Store | null = null
  try {
    store = await openSqliteStore(layout.store, { looseGapMs: defaultLooseGapMs, mustExist: true })
    await store.read(requireFoundState)
    if ((await store.read((reader) => reader.archiveTip())) === null) {
      await refuseLostStore(config, terminal)
    }
    return await work(store)
  } catch (error) {
    if (isEmptyStore(error)) {
      await refuseLostStore(config, terminal)
    }
    throw error
  } finally {
    await store?.close()
  }
}

/** Of a mail in the quarantine, in the order of these. */
type UnreadableMail = Omit<StoredStatus['unreadable'][number], 'archived'> & MailObject

function unreadableMail(
  { archived, ...mail }: StoredStatus['unreadable'][number],
  archive: string,
): UnreadableMail {
  return { ...mail, ...mailObject(archive, archived) }
}

/** What `--json` prints, and what it has no place for. */
interface StoreStatus {
  readonly status: Omit<StoredStatus, 'unreadable'> & {
    readonly unreadable: readonly UnreadableMail[]
    readonly health: ShownHealth
  }
  readonly silenced: readonly Silenced[]
}

/** `patchferry status`. */
export async function readStatus(configFile: string, terminal: Terminal): Promise<StoreStatus> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  const around = { freeBytes: await freeBytes(config.stateDirectory), worker: null }
  const { archive } = stateLayout(config.stateDirectory)
  return withStore(config, terminal, async (store) => {
    const found = await status(store)
    return {
      status: {
        ...found,
        unreadable: found.unreadable.map((one) => unreadableMail(one, archive)),
        health: await store.read((reader) =>
          showHealth(reader, around, config.watch, systemClock()),
        ),
      },
      silenced: await store.read((reader) => silenced(reader, systemClock())),
    }
  })
}

/** `patchferry explain`; null when nothing is known of `id`. */
export async function readExplanation(
  configFile: string,
  id: string,
  terminal: Terminal,
): Promise<readonly Decision[] | null> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  return withStore(config, terminal, (store) => explain(id, store))
}

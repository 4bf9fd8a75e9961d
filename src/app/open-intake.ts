import type { Config } from '../config/config.ts'
import type { Clock } from '../core/clock.ts'
import { defaultLooseGapMs } from '../core/series/loose-join.ts'
import type { IntakePorts } from '../flow/intake/take-mail.ts'
import type { Logger } from '../log/logger.ts'
import { parseMail } from '../mail/parse/parse-mail.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import { makeFolder } from '../util/make-folder.ts'
import { openArchive } from './open-records.ts'
import { requireRestored } from './require-restored.ts'
import { stateLayout } from './state-layout.ts'

/** How long a composed version rests before it is taken for whole. */
export const quietMs = 10 * 60_000

export interface RuntimeOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Only `restore` itself may look at what is not restored whole. */
  readonly isRestoring?: boolean
  /** Every decision is a line of the log too: for what runs unwatched. */
  readonly tellsDecisions?: true
}

/**
 * What taking a mail needs (throws CLI_RESTORE_UNFINISHED): for `import -`, which starts in an MTA's pipe and must be quick. For `isWatched` see
 * `SqliteStoreOptions`.
 */
export async function openIntake(
  config: Config,
  { clock, log, isRestoring = false }: RuntimeOptions,
  isWatched = true,
): Promise<{ readonly ports: IntakePorts; close(): Promise<void> }> {
  const layout = stateLayout(config.stateDirectory)
  if (!isRestoring) {
    requireRestored(layout)
  }
  await makeFolder(config.stateDirectory, 0o700)
  const store = await openSqliteStore(layout.store, { looseGapMs: defaultLooseGapMs, isWatched })
  await store.migrate()
  const archive = await openArchive(layout.archive, log)
  return {
    ports: { store, archive, parse: parseMail, clock, log },
    async close() {
      await archive.close()
      await store.close()
    },
  }
}

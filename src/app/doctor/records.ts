import { existsSync } from 'node:fs'
import { BotError } from '../../core/bot-error.ts'
import type { ArchivePosition } from '../../core/delivery.ts'
import type { RefName } from '../../core/ids.ts'
import { defaultLooseGapMs } from '../../core/series/loose-join.ts'
import { requireFoundState, requireNoHistory } from '../../flow/recovery/require-own-store.ts'
import { openObjectStore } from '../../git/objects/bare-object-store.ts'
import type { Logger } from '../../log/logger.ts'
import { epochDirectory, placeOf } from '../../mail/archive-layout.ts'
import { openSqliteStore } from '../../store/sqlite/open-sqlite-store.ts'
import type { StoreReader } from '../../store/store.ts'
import { isRepository, openJournal, withRecords } from '../open-records.ts'
import { requireRestored } from '../require-restored.ts'
import type { StateLayout } from '../state-layout.ts'
import { type Finding, fault, ok, warning, wrong } from './finding.ts'

const restoreIt =
  'Stop the service and put it back, or restore a backup: docs/operations.md, Backups. A service that starts without it goes wrong.'

/** Looks into the store, which is neither made nor migrated; null where there is none. */
export async function lookIntoStore<T>(
  { store: file }: Pick<StateLayout, 'store'>,
  look: (reader: StoreReader) => Promise<T>,
): Promise<T | null> {
  if (!existsSync(file)) {
    return null
  }
  const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs, mustExist: true })
  try {
    return await store.read(look)
  } finally {
    await store.close()
  }
}

/** Whether the archive has the mail that the store took last, and all epochs before it. */
async function checkArchive(
  { archive }: StateLayout,
  tip: ArchivePosition | null,
  count: number,
  log: Logger,
  signal: AbortSignal,
): Promise<Finding> {
  if (tip === null) {
    return ok('archive', 'nothing is in it yet')
  }
  const { epoch, commit } = placeOf(tip)
  const epochs = Array.from({ length: epoch + 1 }, (_, number) => number)
  const missing = epochs.filter((number) => !isRepository(epochDirectory(archive, number)))
  if (missing.length > 0) {
    const what =
      missing.length === epochs.length ? `the ${count} mails` : `mails (git/${missing[0]}.git)`
    return wrong('archive', `${archive} lacks ${what} of the store`, restoreIt)
  }
  const epochStore = await openObjectStore(epochDirectory(archive, epoch), { log })
  try {
    const there = await epochStore.tip('master')
    if (there === null) {
      return wrong('archive', `${archive} lacks mails of the store, which has ${count}`, restoreIt)
    }
    for await (const _newer of epochStore.log('master', commit, signal)) {
      break
    }
    return ok('archive', `${archive} has what the store knows`)
  } catch (error) {
    if (error instanceof BotError && error.code === 'GIT_HISTORY_REWRITTEN') {
      const message = `${archive} lacks the newest of the ${count} mails of the store`
      return wrong('archive', message, restoreIt)
    }
    throw error
  } finally {
    await epochStore.close()
  }
}

/** Whether the journal tells of the report that left last, and of people's words where the store does. */
async function checkJournal(
  { journal: directory }: StateLayout,
  known: Pick<Known, 'lastSent' | 'hasDecisions'>,
  log: Logger,
  signal: AbortSignal,
): Promise<Finding> {
  if (!isRepository(directory)) {
    return known.lastSent === null && !known.hasDecisions
      ? ok('journal', 'nothing is in it yet')
      : wrong('journal', `${directory} is gone: what was sent and decided is there`, restoreIt)
  }
  const journal = await openJournal(directory, log)
  try {
    if (known.lastSent !== null && (await journal.lastSent(known.lastSent, signal)) === null) {
      return wrong('journal', `${directory} does not tell of the last report sent`, restoreIt)
    }
    if (known.hasDecisions && (await isEmpty(journal.decisions(signal)))) {
      return wrong('journal', `${directory} lacks the decisions of people`, restoreIt)
    }
    return ok('journal', `${directory} has what the store knows`)
  } finally {
    await journal.close()
  }
}

async function isEmpty(items: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _item of items) {
    return false
  }
  return true
}

interface Known {
  readonly count: number
  readonly tip: ArchivePosition | null
  /** Key of the report that left last. */
  readonly lastSent: string | null
  readonly hasDecisions: boolean
}

async function whatIsKnown(reader: StoreReader): Promise<Known> {
  const [last] = await reader.outbox({ states: ['handed-over', 'seen'], limit: 1 })
  const decisions = await reader.humanDecisions('approve', 'withdraw', 'link', 'split', 'import')
  await requireFoundState(reader)
  return {
    count: await reader.messageCount(),
    tip: await reader.archiveTip(),
    lastSent: last?.key ?? null,
    hasDecisions: decisions.length > 0,
  }
}

/** Throws FLOW_STORE_LOST. */
async function requireNew(layout: StateLayout, log: Logger, signal: AbortSignal): Promise<void> {
  await withRecords(layout, log, async (archive, journal) => {
    if (archive !== null && journal !== null) {
      await requireNoHistory({ archive, journal }, signal)
    }
  })
}

/** Whether store, archive and journal are of one piece. Makes none of them, and may run beside the service. */
export async function* checkRecords(
  layout: StateLayout,
  log: Logger,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  let known: Known | null
  try {
    requireRestored(layout)
    known = await lookIntoStore(layout, whatIsKnown)
    if (known === null || known.tip === null) {
      await requireNew(layout, log, signal)
    }
  } catch (error) {
    const isOld = error instanceof BotError && error.code === 'STORE_NOT_MIGRATED'
    yield isOld
      ? warning('store', error.message, 'The next start of the service migrates it.')
      : fault('store', error)
    return
  }
  if (known === null) {
    yield ok(
      'store',
      'there is none, as before the first start; if there was one, restore a backup',
    )
    return
  }
  yield ok('store', `SQLite, ${known.count} mails`)
  const { tip, count } = known
  try {
    yield await checkArchive(layout, tip, count, log, signal)
  } catch (error) {
    yield fault('archive', error)
  }
  try {
    yield await checkJournal(layout, known, log, signal)
  } catch (error) {
    yield fault('journal', error)
  }
}

/** So many topics are looked at, those that changed last first. */
const topicsLookedAt = 500

/** The refs of the series of a project that were published last; null where there is no store. */
export async function publishedRefs(
  layout: StateLayout,
  project: string,
): Promise<readonly RefName[] | null> {
  return lookIntoStore(layout, async (reader) => {
    const refs: RefName[] = []
    for (const { topic } of await reader.topics({ project, limit: topicsLookedAt, offset: 0 })) {
      const last = (await reader.applications(topic)).findLast(
        ({ seriesRef, publishedAt }) => seriesRef !== null && publishedAt !== null,
      )
      refs.push(...(last?.seriesRef ? [last.seriesRef] : []))
    }
    return refs
  })
}

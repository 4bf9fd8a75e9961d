import { buffer } from 'node:stream/consumers'
import { loadConfig } from '../../config/load-config.ts'
import { BotError } from '../../core/bot-error.ts'
import type { ArchivedDelivery } from '../../core/delivery.ts'
import { type IntakePorts, recoverArchive, takeMails } from '../../flow/intake/take-mail.ts'
import { measureCollection } from '../../mail/collection/measure-collection.ts'
import { readDespiteDamage } from '../../mail/collection/read-collection.ts'
import { openAsideParser } from '../../mail/parse/parse-aside.ts'
import { goFirst } from '../../util/go-first.ts'
import { openIntake } from '../open-intake.ts'
import { openLog, systemClock } from '../open-log.ts'
import { openJournal } from '../open-records.ts'
import { personHere } from '../person-here.ts'
import { stateLayout } from '../state-layout.ts'
import type { Terminal } from '../terminal.ts'
import { openAsideArchive } from './archive-aside.ts'
import { type FoundMail, importBatches } from './import-batches.ts'
import { importThreads } from './import-threads.ts'
import { requireOwnState } from './require-own-state.ts'

export interface ImportCounts {
  readonly stored: number
  readonly known: number
  readonly quarantined: number
  /** What was found under the paths and is no mail that could be kept. */
  readonly unreadable: readonly { readonly location: string; readonly reason: string }[]
  /** Whether somebody stopped it before it had read everything; what it had read is taken. */
  readonly wasStopped: boolean
}

async function noEffects(): Promise<void> {}

/**
 * `patchferry import -`: one mail from standard input. When it resolves the mail is durable, one that cannot be
 * read too; whatever else happens throws, and the MTA tries again.
 */
export async function importPipe(
  configFile: string,
  source: string,
  terminal: Terminal,
): Promise<void> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  const raw = await buffer(terminal.stdin)
  if (raw.length === 0) {
    throw new BotError('CLI_NOTHING_PIPED', 'no mail came on standard input', { retry: 'later' })
  }
  const options = { clock: systemClock, log: openLog(config, terminal) }
  const intake = await openIntake(config, options)
  try {
    await requireOwnState(config, intake.ports, options, terminal.stopping)
    const delivery: ArchivedDelivery = {
      raw,
      source,
      location: '-',
      arrivedAt: systemClock(),
      isSilent: false,
    }
    // The MTA offers a mail again whose import was killed before it was stored; it may be archived.
    await recoverArchive(intake.ports, terminal.stopping)
    await takeMails([delivery], intake.ports, noEffects, terminal.stopping)
  } finally {
    await intake.close()
  }
}

/**
 * A batch costs a few fsyncs however large it is, and rewrites most pages of the store's indices once; the second limit
 * bounds memory where mails are large.
 */
const batchMails = 2000
const batchBytes = 8 * 1024 ** 2
/** The first ones are small, and each may be twice the one before: until the first is archived nothing can be stored. */
const firstBatchMails = 250

/** How far an import has come. */
export interface ImportProgress {
  /** Mails read so far, known ones too. */
  readonly mails: number
  /** Of the mails read so far, those that were taken by this very import. */
  readonly stored: number
  /** Of what `importSize` tells, how much was read. */
  readonly bytes: number
}

/** How much there is to import, in bytes; null where nobody can know. For people: a path that is missing is said later. */
export async function importSize(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<number | null> {
  return measureCollection(paths, signal).catch(() => null)
}

/** The mails until `signal` is aborted. */
async function* untilStopped<T>(mails: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* mails
  } catch (error) {
    if (!signal.aborted) {
      throw error
    }
  }
}

async function recordRange(
  paths: readonly string[],
  since: Date | null,
  journalDirectory: string,
  log: IntakePorts['log'],
  terminal: Terminal,
): Promise<void> {
  const journal = await openJournal(journalDirectory, log)
  try {
    await journal.recordDecision(
      {
        at: systemClock(),
        by: personHere(terminal.env),
        decision: { kind: 'import', paths, since },
      },
      terminal.stopping,
    )
  } finally {
    await journal.close()
  }
}

/**
 * `patchferry import PATH...`: whole archives, silently but for what was sent on `since` or later. The range is
 * written to the journal first. After a kill the same call goes on where that one ended: what is known is read over,
 * not taken again.
 */
export async function importMails(
  configFile: string,
  paths: readonly string[],
  since: Date | null,
  terminal: Terminal,
  onProgress: (progress: ImportProgress) => void = () => undefined,
): Promise<ImportCounts> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  const log = openLog(config, terminal)
  const intake = await openIntake(config, { clock: systemClock, log }, false)
  const { ports } = intake
  const layout = stateLayout(config.stateDirectory)
  const { stdin, draining, stopping } = terminal
  const archive = openAsideArchive(layout.archive, ports.archive, ports.log)
  const parser = openAsideParser()
  goFirst()
  const threads = importThreads(config, ports)
  const counts = { stored: 0, known: 0, quarantined: 0 }
  const unreadable: { location: string; reason: string }[] = []
  let batch: FoundMail[] = []
  let mostMails = firstBatchMails
  let bytes = 0
  let bytesRead = 0
  const batches = importBatches({
    ports,
    parser,
    archive,
    since,
    async onStored(taken, known) {
      counts.known += known
      for (const { outcome } of taken) {
        counts[outcome] += 1
      }
      const mails = counts.stored + counts.known + counts.quarantined
      onProgress({ mails, stored: counts.stored, bytes: bytesRead })
      await threads.afterBatch()
    },
  })
  async function flush(): Promise<void> {
    const found = batch
    batch = []
    mostMails = Math.min(mostMails * 2, batchMails)
    bytes = 0
    await batches.add(found, stopping)
  }
  try {
    await requireOwnState(config, ports, { clock: systemClock, log }, stopping)
    await recordRange(paths, since, layout.journal, ports.log, terminal)
    await recoverArchive(ports, stopping)
    const found = readDespiteDamage(paths, stdin, draining, (more) => {
      bytesRead += more
    })
    for await (const mail of untilStopped(found, draining)) {
      if (mail.outcome === 'unreadable') {
        unreadable.push({ location: mail.location, reason: mail.reason.message })
        continue
      }
      batch.push({ raw: mail.raw, source: 'import', location: mail.location })
      bytes += mail.raw.length
      if (batch.length >= mostMails || bytes >= batchBytes) {
        await flush()
      }
    }
    await flush()
    await batches.end()
    await threads.finish(draining)
    return { ...counts, unreadable, wasStopped: draining.aborted }
  } finally {
    await batches.end().catch(() => undefined)
    await parser.close()
    await archive.close()
    await intake.close()
  }
}

import { buffer } from 'node:stream/consumers'
import { loadConfig } from '../config/load-config.ts'
import { BotError } from '../core/bot-error.ts'
import type { ArchivedDelivery } from '../core/delivery.ts'
import { effectiveDate } from '../core/message.ts'
import { takeMails } from '../flow/take-mail.ts'
import { readMailCollection } from '../mail/collection/read-collection.ts'
import { parseMail } from '../mail/parse/parse-mail.ts'
import { openJournal } from './open-records.ts'
import { openLog, systemClock } from './run-service.ts'
import { openIntake } from './runtime.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

export interface ImportCounts {
  readonly stored: number
  readonly known: number
  readonly quarantined: number
  /** What was found under the paths and is no mail that could be kept. */
  readonly unreadable: readonly { readonly location: string; readonly reason: string }[]
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
  const config = await loadConfig(configFile, terminal.env)
  const raw = await buffer(terminal.stdin)
  if (raw.length === 0) {
    throw new BotError('CLI_NOTHING_PIPED', 'no mail came on standard input', { retry: 'later' })
  }
  const intake = await openIntake(config, { clock: systemClock, log: openLog(config, terminal) })
  try {
    const delivery: ArchivedDelivery = {
      raw,
      source,
      location: '-',
      arrivedAt: systemClock(),
      isSilent: false,
    }
    await takeMails([delivery], intake.ports, noEffects, terminal.stopping)
  } finally {
    await intake.close()
  }
}

const batchSize = 25

function isSilent(raw: Uint8Array, since: Date | null): boolean {
  if (since === null) {
    return true
  }
  const parsed = parseMail(raw)
  return parsed.outcome === 'unreadable' || effectiveDate(parsed.message) < since
}

/**
 * `patchferry import PATH...`: whole archives, silently but for what was sent on `since` or later. The range is
 * written to the journal first. Doing it again only counts what is known.
 */
export async function importMails(
  configFile: string,
  paths: readonly string[],
  since: Date | null,
  terminal: Terminal,
): Promise<ImportCounts> {
  const config = await loadConfig(configFile, terminal.env)
  const intake = await openIntake(config, { clock: systemClock, log: openLog(config, terminal) })
  const counts = { stored: 0, known: 0, quarantined: 0 }
  const unreadable: { location: string; reason: string }[] = []
  try {
    const journal = await openJournal(stateLayout(config.stateDirectory).journal, intake.ports.log)
    await journal.recordDecision(
      {
        at: systemClock(),
        by: `command line (${terminal.env['USER'] ?? 'unknown'})`,
        decision: { kind: 'import', paths, since },
      },
      terminal.stopping,
    )
    await journal.close()
    let batch: ArchivedDelivery[] = []
    async function flush(): Promise<void> {
      for (const taken of await takeMails(batch, intake.ports, noEffects, terminal.stopping)) {
        counts[taken.outcome] += 1
      }
      batch = []
    }
    for await (const mail of readMailCollection(paths, terminal.stdin, terminal.draining)) {
      if (mail.outcome === 'unreadable') {
        unreadable.push({ location: mail.location, reason: mail.reason.message })
        continue
      }
      const { raw, location } = mail
      batch.push({
        raw,
        source: 'import',
        location,
        arrivedAt: systemClock(),
        isSilent: isSilent(raw, since),
      })
      if (batch.length >= batchSize) {
        await flush()
      }
    }
    await flush()
    return { ...counts, unreadable }
  } finally {
    await intake.close()
  }
}

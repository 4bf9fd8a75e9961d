import { existsSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import type { SourceConfig } from '../../config/config.ts'
import { effectiveDate } from '../../core/message.ts'
import { type IntakePorts, takeMails } from '../../flow/intake/take-mail.ts'
import type { Logger } from '../../log/logger.ts'
import { readDespiteDamage } from '../../mail/collection/read-collection.ts'
import { imapSource } from '../../mail/source/imap.ts'
import { imapServer } from '../open-sources.ts'

interface FoundAgain {
  readonly raw: Uint8Array
  readonly location: string
}

/** Mail is on its way for some time: what is older than the backup by more than this was taken before, or is not news. */
const longestWayMs = 7 * 86_400_000
const batchSize = 25

async function* inFolder(folder: string, signal: AbortSignal): AsyncGenerator<FoundAgain> {
  if (!existsSync(folder)) {
    return
  }
  for await (const found of readDespiteDamage([folder], Readable.from([]), signal)) {
    if (found.outcome === 'mail') {
      yield found
    }
  }
}

/** What a source moved away once it had given it to us. */
async function* movedAway(
  source: SourceConfig,
  log: Logger,
  signal: AbortSignal,
): AsyncGenerator<FoundAgain> {
  if (source.kind === 'maildir') {
    yield* inFolder(path.join(source.path, 'cur'), signal)
  } else if (source.kind === 'folder') {
    yield* inFolder(path.join(source.path, 'done'), signal)
  } else if (source.kind === 'imap' && source.imap.afterImport.kind === 'move') {
    const { afterImport } = source.imap
    const { name, pollMs } = source
    const server = imapServer(source.imap, process.env)
    const folders = [afterImport.folder]
    const there = imapSource({
      name,
      server,
      folders,
      afterImport: { kind: 'keep' },
      pollMs,
      log,
    })
    try {
      yield* there.read(null, signal)
    } finally {
      await there.close()
    }
  }
}

/**
 * Takes again what a source has moved away since the backup of `madeAt`: what is known is passed over, and what was sent long
 * before is taken silently. Gives how many mails were new.
 */
export async function takeSetAside(
  source: SourceConfig,
  madeAt: Date,
  ports: IntakePorts,
  signal: AbortSignal,
): Promise<number> {
  const loudSince = new Date(madeAt.getTime() - longestWayMs)
  let count = 0
  let batch: FoundAgain[] = []
  async function flush(): Promise<void> {
    const deliveries = batch.map(({ raw, location }) => {
      const parsed = ports.parse(raw)
      const isSilent = parsed.outcome !== 'message' || effectiveDate(parsed.message) < loudSince
      return { raw, location, source: source.name, arrivedAt: ports.clock(), isSilent }
    })
    batch = []
    const taken = await takeMails(deliveries, ports, async () => undefined, signal)
    count += taken.filter(({ outcome }) => outcome !== 'known').length
  }
  for await (const found of movedAway(source, ports.log, signal)) {
    batch.push(found)
    if (batch.length >= batchSize) {
      await flush()
    }
  }
  await flush()
  return count
}

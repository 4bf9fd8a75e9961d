import type { ArchivedDelivery, Cursor } from '../../core/delivery.ts'
import type { MailSource } from '../../mail/mail-source.ts'
import { logTaken } from '../trace.ts'
import { type IntakePorts, recoverArchive, takeMails } from './take-mail.ts'

/** Small, because the store's driver holds the event loop while it writes. */
const batchSize = 25

/**
 * Takes everything new from a source: archive first, then store and cursor in one transaction, then the
 * source may move it. Returns how many mails were read. A kill anywhere only means reading some again. When the source
 * fails, what it gave until then is taken before the fault is thrown.
 */
export async function ingestSource(
  source: MailSource,
  ports: IntakePorts,
  signal: AbortSignal,
): Promise<number> {
  await recoverArchive(ports, signal)
  const since = await ports.store.read((reader) => reader.cursor(source.name))
  let count = 0
  let batch: ArchivedDelivery[] = []
  let cursor: Cursor | null = null
  async function flush(): Promise<void> {
    if (cursor === null) {
      return
    }
    const reached = cursor
    const taken = await takeMails(batch, ports, (tx) => tx.saveCursor(source.name, reached), signal)
    logTaken(taken, source.name, ports.log)
    await source.settle(reached, signal)
    count += batch.length
    batch = []
    cursor = null
  }
  try {
    for await (const delivery of source.read(since, signal)) {
      batch.push({
        raw: delivery.raw,
        source: source.name,
        location: delivery.location,
        arrivedAt: ports.clock(),
        isSilent: false,
      })
      cursor = delivery.cursor
      if (batch.length >= batchSize) {
        await flush()
      }
    }
  } catch (error) {
    // Else a source that fails at the same place each time would never get on.
    if (!signal.aborted) {
      await flush()
    }
    throw error
  }
  await flush()
  if (count > 0) {
    ports.log.info({ source: source.name, mails: count }, 'mail taken')
  }
  return count
}

/**
 * Follows a source until `signal` aborts: reads, waits for more, reads again. `onFailure` is told how many times in a
 * row it has failed, and waits before the next try; `onRead`, after each whole reading, how many mails it gave and when it began.
 */
export async function followSource(
  source: MailSource,
  ports: IntakePorts,
  onRead: (mails: number, since: Date) => void,
  onFailure: (error: unknown, failures: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      const since = ports.clock()
      const mails = await ingestSource(source, ports, signal)
      if (!signal.aborted) {
        onRead(mails, since)
      }
      await source.wait(signal)
      failures = 0
    } catch (error) {
      if (!signal.aborted) {
        failures += 1
        await onFailure(error, failures)
      }
    }
  }
}

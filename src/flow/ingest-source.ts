import type { ArchivedDelivery, Cursor } from '../core/delivery.ts'
import type { MailSource } from '../mail/mail-source.ts'
import { type IntakePorts, recoverArchive, takeMails } from './take-mail.ts'

/** Small, because the store's driver holds the event loop while it writes. */
const batchSize = 25

/**
 * Takes everything new from a source: archive first, then store and cursor in one transaction, then the
 * source may move it. Returns how many mails were read. A kill anywhere only means reading some again.
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
    await takeMails(batch, ports, (tx) => tx.saveCursor(source.name, reached), signal)
    await source.settle(reached, signal)
    count += batch.length
    batch = []
    cursor = null
  }
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
  await flush()
  if (count > 0) {
    ports.log.info({ source: source.name, mails: count }, 'mail taken')
  }
  return count
}

/** Follows a source until `signal` aborts: reads, waits for more, reads again. `onFailure` waits before the next try. */
export async function followSource(
  source: MailSource,
  ports: IntakePorts,
  onTaken: () => void,
  onFailure: (error: unknown) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      if ((await ingestSource(source, ports, signal)) > 0) {
        onTaken()
      }
      await source.wait(signal)
    } catch (error) {
      if (!signal.aborted) {
        await onFailure(error)
      }
    }
  }
}

import type { ArchivedDelivery, ArchivePosition, NewDelivery } from '../../core/delivery.ts'
import type { Sha } from '../../core/ids.ts'
import type { StoreTransaction } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import {
  type ArchivedMail,
  type StorePorts,
  storeMails,
  type TakenMail,
  threadKey,
} from './store-mails.ts'

export type IntakePorts = Pick<FlowPorts, 'store' | 'archive' | 'parse' | 'clock' | 'log'>

function knownMail(raw: Uint8Array, parse: FlowPorts['parse']): TakenMail {
  const parsed = parse(raw)
  return {
    outcome: 'known',
    messageId: parsed.outcome === 'message' ? parsed.message.messageId : null,
    thread: parsed.outcome === 'message' ? threadKey(parsed.message) : null,
  }
}

/** Deliveries to take. */
export interface FreshOnes<T> {
  readonly deliveries: readonly T[]
  /** What the archive calls the bytes of each of them, in order. */
  readonly blobs: readonly Sha[]
  /** By these they are known. */
  readonly keys: ReadonlySet<string>
}

/**
 * Those whose bytes their source has not delivered before, each once. `underWay` has the keys of others that are being
 * taken and that the store may not know yet.
 */
export async function freshOnes<T extends Pick<ArchivedDelivery, 'raw' | 'source'>>(
  deliveries: readonly T[],
  ports: Pick<IntakePorts, 'store' | 'archive'>,
  underWay: ReadonlySet<string> = new Set(),
): Promise<FreshOnes<T>> {
  const named = deliveries.map((delivery) => ({
    delivery,
    blob: ports.archive.blobOf(delivery.raw),
  }))
  const known = new Set<string>(underWay)
  await ports.store.read(async (reader) => {
    for (const source of new Set(deliveries.map((delivery) => delivery.source))) {
      const blobs = named.filter(({ delivery }) => delivery.source === source)
      const delivered = await reader.deliveredAmong(
        source,
        blobs.map(({ blob }) => blob),
      )
      for (const blob of delivered) {
        known.add(`${source} ${blob}`)
      }
    }
  })
  const fresh = new Map<string, { readonly delivery: T; readonly blob: Sha }>()
  for (const each of named) {
    const key = `${each.delivery.source} ${each.blob}`
    if (!known.has(key) && !fresh.has(key)) {
      fresh.set(key, each)
    }
  }
  const found = [...fresh.values()]
  return {
    deliveries: found.map(({ delivery }) => delivery),
    blobs: found.map(({ blob }) => blob),
    keys: new Set(fresh.keys()),
  }
}

/** Mails that were archived in one go, and the tip of the archive before the first of them. */
export interface ArchivedBatch {
  readonly before: ArchivePosition | null
  readonly mails: readonly ArchivedMail[]
}

/** The first half of taking mails: they are durable when it resolves. */
export async function archiveMails(
  deliveries: readonly NewDelivery[],
  { archive }: { readonly archive: Pick<FlowPorts['archive'], 'append'> },
  signal: AbortSignal,
): Promise<ArchivedBatch> {
  const { before, entries } = await archive.append(deliveries, signal)
  const mails = entries.flatMap((entry, index) => {
    const delivery = deliveries[index]
    return delivery === undefined ? [] : [{ entry, delivery }]
  })
  return { before, mails }
}

/** The second half: in one transaction with the tip of the archive and with `also`. */
export async function storeArchived(
  { before, mails }: ArchivedBatch,
  ports: StorePorts,
  also: (tx: StoreTransaction) => Promise<void>,
): Promise<readonly TakenMail[]> {
  return storeMails(mails, ports, async (tx) => {
    const last = mails.at(-1)
    if (last !== undefined) {
      // Fails, and leaves the rest to recoverArchive, when another process appended in between.
      await tx.advanceArchiveTip(before, last.entry.position)
    }
    await also(tx)
  })
}

/**
 * Archives deliveries durably, then stores them; `also` (saving the cursor) joins the store's transaction.
 * Mails whose bytes this source has delivered before are not appended again, in whatever order they come.
 * Returns one result for each delivery, in order.
 */
export async function takeMails(
  deliveries: readonly ArchivedDelivery[],
  ports: IntakePorts,
  also: (tx: StoreTransaction) => Promise<void>,
  signal: AbortSignal,
): Promise<readonly TakenMail[]> {
  const { deliveries: fresh, blobs } = await freshOnes(deliveries, ports)
  if (fresh.length === 0) {
    await ports.store.transaction(also)
    return deliveries.map(({ raw }) => knownMail(raw, ports.parse))
  }
  const named = fresh.map((delivery, index) => ({ ...delivery, blob: blobs[index] }))
  const taken = await storeArchived(await archiveMails(named, ports, signal), ports, also)
  const results = new Map(fresh.map((delivery, index) => [delivery, taken[index]]))
  return deliveries.map((delivery) => results.get(delivery) ?? knownMail(delivery.raw, ports.parse))
}

const recoveryBatch = 25

/**
 * Stores what is archived but not in the store yet: mails whose process died in between, or that another
 * process is just storing. Returns how many archive entries it went over.
 */
export async function recoverArchive(
  ports: Pick<FlowPorts, 'store' | 'archive' | 'parse' | 'clock'>,
  signal: AbortSignal,
  onProgress: (count: number) => void = () => undefined,
): Promise<number> {
  let tip = await ports.store.read((reader) => reader.archiveTip())
  if (tip === (await ports.archive.tip())) {
    return 0
  }
  let count = 0
  let batch: ArchivedMail[] = []
  async function flush(): Promise<void> {
    const last = batch.at(-1)
    if (last === undefined) {
      return
    }
    const from = tip
    await storeMails(batch, ports, async (tx) => {
      await tx.advanceArchiveTip(from, last.entry.position)
    })
    tip = last.entry.position
    count += batch.length
    batch = []
    onProgress(count)
  }
  for await (const mail of ports.archive.read(tip, signal)) {
    batch.push(mail)
    if (batch.length >= recoveryBatch) {
      await flush()
    }
  }
  await flush()
  return count
}

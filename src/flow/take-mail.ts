import type { ArchivedDelivery, ArchiveEntry, ArchivePosition } from '../core/delivery.ts'
import type { MessageId } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { DeliveryRecord } from '../core/records.ts'
import type { ParsedMail } from '../mail/mail-parser.ts'
import type { StoreTransaction } from '../store/store.ts'
import type { FlowPorts } from './ports.ts'

/** What became of one mail. */
export interface TakenMail {
  readonly outcome: 'stored' | 'known' | 'quarantined'
  /** Null where headers cannot be read. */
  readonly messageId: Message['messageId'] | null
}

export type IntakePorts = Pick<FlowPorts, 'store' | 'archive' | 'parse' | 'clock' | 'log'>

/** One mail on its way from the archive into the store. */
export interface ArchivedMail {
  readonly entry: ArchiveEntry
  readonly delivery: ArchivedDelivery
}

/** Wake-ups of one batch, each once: most mails of a batch share their threads. */
type WakeUps = Set<string>

/** The job key by which the mails of one thread coalesce: the oldest mail that this one names. */
function threadKey(message: Message): string {
  return message.references[0] ?? message.inReplyTo[0] ?? message.messageId
}

function idsIn(parsed: ParsedMail): readonly MessageId[] {
  return parsed.outcome === 'message'
    ? [parsed.message.messageId, ...parsed.message.inReplyTo, ...parsed.message.references]
    : []
}

async function storeOne(
  tx: StoreTransaction,
  { entry, delivery }: ArchivedMail,
  parsed: ParsedMail,
  now: Date,
  wakeUps: WakeUps,
): Promise<TakenMail> {
  const record: DeliveryRecord = {
    position: entry.position,
    blob: entry.blob,
    source: delivery.source,
    location: delivery.location,
    arrivedAt: delivery.arrivedAt,
    isSilent: delivery.isSilent,
    messageId: parsed.outcome === 'message' ? parsed.message.messageId : null,
  }
  const isNew = await tx.addDelivery(record)
  if (!isNew) {
    return { outcome: 'known', messageId: record.messageId }
  }
  if (parsed.outcome === 'unreadable') {
    const { blob, position, source, location } = record
    const { code, message } = parsed.reason
    const at = delivery.arrivedAt
    await tx.addQuarantine({ blob, position, source, location, code, message, at })
    return { outcome: 'quarantined', messageId: null }
  }
  const { message } = parsed
  const added = await tx.addMessage(message, record)
  if (added === 'reused') {
    await tx.addDecision({
      at: now,
      messageId: message.messageId,
      topic: null,
      version: null,
      step: 'archive',
      rule: 'message-id-reused',
      inputs: { source: delivery.source, location: delivery.location },
      result: 'the same Message-ID came with another patch; a person has to choose',
    })
  }
  if (added === 'added' && parsed.body.bounce !== null) {
    await tx.enqueue('bounce', message.messageId, now)
  }
  wakeUps.add(added === 'reused' ? message.messageId : threadKey(message))
  return { outcome: added === 'known' ? 'known' : 'stored', messageId: message.messageId }
}

/**
 * Stores archived mails in one transaction: deliveries, messages or quarantine, and the wake-up that
 * assembles their threads. `also` runs in the same transaction. Doing it twice changes nothing.
 */
export async function storeMails(
  mails: readonly ArchivedMail[],
  ports: Pick<FlowPorts, 'store' | 'parse' | 'clock'>,
  also: (tx: StoreTransaction) => Promise<void>,
): Promise<readonly TakenMail[]> {
  const parsed = mails.map(({ delivery }) => ports.parse(delivery.raw))
  const now = ports.clock()
  return ports.store.transaction(async (tx) => {
    const taken: TakenMail[] = []
    const wakeUps: WakeUps = new Set()
    await tx.expectMessageIds(parsed.flatMap(idsIn))
    for (const [index, mail] of mails.entries()) {
      const result = parsed[index]
      if (result !== undefined) {
        taken.push(await storeOne(tx, mail, result, now, wakeUps))
      }
    }
    for (const key of wakeUps) {
      await tx.enqueue('assemble', key, now)
    }
    await also(tx)
    return taken
  })
}

function knownMail(raw: Uint8Array, parse: FlowPorts['parse']): TakenMail {
  const parsed = parse(raw)
  return {
    outcome: 'known',
    messageId: parsed.outcome === 'message' ? parsed.message.messageId : null,
  }
}

/** Those whose bytes their source has not delivered before, each once. */
export async function freshOnes<T extends Pick<ArchivedDelivery, 'raw' | 'source'>>(
  deliveries: readonly T[],
  ports: Pick<IntakePorts, 'store' | 'archive'>,
): Promise<readonly T[]> {
  return ports.store.read(async (reader) => {
    const seen = new Set<string>()
    const fresh: T[] = []
    for (const delivery of deliveries) {
      const blob = ports.archive.blobOf(delivery.raw)
      const key = `${delivery.source} ${blob}`
      if (!seen.has(key) && !(await reader.isDelivered(delivery.source, blob))) {
        fresh.push(delivery)
      }
      seen.add(key)
    }
    return fresh
  })
}

/** Mails that were archived in one go, and the tip of the archive before the first of them. */
export interface ArchivedBatch {
  readonly before: ArchivePosition | null
  readonly mails: readonly ArchivedMail[]
}

/** The first half of taking mails: they are durable when it resolves. */
export async function archiveMails(
  deliveries: readonly ArchivedDelivery[],
  ports: Pick<IntakePorts, 'archive'>,
  signal: AbortSignal,
): Promise<ArchivedBatch> {
  const { before, entries } = await ports.archive.append(deliveries, signal)
  const mails = entries.flatMap((entry, index) => {
    const delivery = deliveries[index]
    return delivery === undefined ? [] : [{ entry, delivery }]
  })
  return { before, mails }
}

/** The second half: in one transaction with the tip of the archive and with `also`. */
export async function storeArchived(
  { before, mails }: ArchivedBatch,
  ports: Pick<FlowPorts, 'store' | 'parse' | 'clock'>,
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
  const fresh = await freshOnes(deliveries, ports)
  if (fresh.length === 0) {
    await ports.store.transaction(also)
    return deliveries.map(({ raw }) => knownMail(raw, ports.parse))
  }
  const taken = await storeArchived(await archiveMails(fresh, ports, signal), ports, also)
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

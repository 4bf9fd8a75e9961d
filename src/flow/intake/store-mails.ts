import { BotError } from '../../core/bot-error.ts'
import type { ArchivedDelivery, ArchiveEntry } from '../../core/delivery.ts'
import type { MessageId } from '../../core/ids.ts'
import type { Message } from '../../core/message.ts'
import type { Unreadable } from '../../core/quarantine.ts'
import type { DeliveryRecord } from '../../core/records.ts'
import { slotOf } from '../../core/watch/arrival-habit.ts'
import type { StorableMail } from '../../mail/mail-parser.ts'
import type { StoreTransaction } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'

/** What became of one mail. */
export interface TakenMail {
  readonly outcome: 'stored' | 'known' | 'quarantined'
  /** Null where headers cannot be read. */
  readonly messageId: Message['messageId'] | null
  /** The oldest mail of its thread that it names, or itself; null where headers cannot be read. */
  readonly thread: MessageId | null
  /** There where it is quarantined: where it was found, where it lies now, and why. */
  readonly unreadable?: Unreadable & Pick<DeliveryRecord, 'location' | 'position'>
}

/** One mail on its way from the archive into the store. */
export interface ArchivedMail {
  readonly entry: ArchiveEntry
  readonly delivery: ArchivedDelivery
}

interface ReadMail {
  readonly mail: ArchivedMail
  readonly parsed: StorableMail
}

function toRecord({ entry, delivery }: ArchivedMail, messageId: MessageId | null): DeliveryRecord {
  return {
    position: entry.position,
    blob: entry.blob,
    source: delivery.source,
    location: delivery.location,
    arrivedAt: delivery.arrivedAt,
    isSilent: delivery.isSilent,
    messageId,
  }
}

/** Wake-ups of one batch, each once: most mails of a batch share their threads. */
type WakeUps = Set<string>

/** What a source brought in one half hour is one arrival. */
type NewArrivals = Map<string, { readonly source: string; readonly at: Date }>

/** The job key by which the mails of one thread coalesce: the oldest mail that this one names. */
export function threadKey(
  message: Pick<Message, 'messageId' | 'inReplyTo' | 'references'>,
): MessageId {
  return message.references[0] ?? message.inReplyTo[0] ?? message.messageId
}

function idsIn(parsed: StorableMail): readonly MessageId[] {
  return parsed.outcome === 'message'
    ? [parsed.message.messageId, ...parsed.message.inReplyTo, ...parsed.message.references]
    : []
}

async function quarantine(
  tx: StoreTransaction,
  { blob, position, source, location, arrivedAt: at }: DeliveryRecord,
  { code, message }: Unreadable,
): Promise<TakenMail> {
  await tx.addQuarantine({ blob, position, source, location, code, message, at })
  const unreadable = { code, message, location, position }
  return { outcome: 'quarantined', messageId: null, thread: null, unreadable }
}

async function storeOne(
  tx: StoreTransaction,
  { mail, parsed }: ReadMail,
  now: Date,
  wakeUps: WakeUps,
  arrivals: NewArrivals,
): Promise<TakenMail> {
  const { delivery } = mail
  const messageId = parsed.outcome === 'message' ? parsed.message.messageId : null
  const thread = parsed.outcome === 'message' ? threadKey(parsed.message) : null
  const record = toRecord(mail, messageId)
  const isNew = await tx.addDelivery(record)
  if (!isNew) {
    return { outcome: 'known', messageId, thread }
  }
  if (!record.isSilent) {
    const { source, arrivedAt: at } = record
    arrivals.set(`${slotOf(at)} ${source}`, { source, at })
  }
  if (parsed.outcome === 'unreadable') {
    return await quarantine(tx, record, parsed.reason)
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
  if (parsed.body.release !== null && !record.isSilent) {
    await tx.enqueue('release', message.messageId, now)
  }
  wakeUps.add(added === 'reused' ? message.messageId : threadKey(message))
  return { outcome: added === 'known' ? 'known' : 'stored', messageId, thread }
}

export interface StorePorts extends Pick<FlowPorts, 'store' | 'clock'> {
  readonly parse: (raw: Uint8Array) => StorableMail
}
type Also = (tx: StoreTransaction) => Promise<void>

async function nothing(): Promise<void> {}

/** So many are read before they are stored, and what was read of them is forgotten then. */
const readTogether = 100

async function storeTogether(
  mails: readonly ArchivedMail[],
  { store, clock, parse }: StorePorts,
  also: Also,
): Promise<readonly TakenMail[]> {
  const now = clock()
  return store.transaction(async (tx) => {
    const taken: TakenMail[] = []
    const wakeUps: WakeUps = new Set()
    const arrivals: NewArrivals = new Map()
    for (let at = 0; at < mails.length; at += readTogether) {
      const some = mails.slice(at, at + readTogether)
      const read = some.map((mail) => ({ mail, parsed: parse(mail.delivery.raw) }))
      await tx.expectMessageIds(read.flatMap(({ parsed }) => idsIn(parsed)))
      for (const one of read) {
        taken.push(await storeOne(tx, one, now, wakeUps, arrivals))
      }
    }
    for (const { source, at } of arrivals.values()) {
      await tx.noteArrival(source, at)
    }
    for (const key of wakeUps) {
      await tx.enqueue('assemble', key, now)
    }
    await also(tx)
    return taken
  })
}

/** Whether it may be one mail that the store refuses, and not the store that fails. */
function isOfOneMail(error: unknown): error is BotError {
  return error instanceof BotError && error.code === 'STORE_FAULT'
}

async function storeOrQuarantine(mail: ArchivedMail, ports: StorePorts): Promise<TakenMail> {
  try {
    const [taken] = await storeTogether([mail], ports, nothing)
    return taken ?? { outcome: 'known', messageId: null, thread: null }
  } catch (error) {
    if (!isOfOneMail(error)) {
      throw error
    }
    const record = toRecord(mail, null)
    return await ports.store.transaction(async (tx) => {
      await tx.addDelivery(record)
      return await quarantine(tx, record, error)
    })
  }
}

/**
 * Stores archived mails in one transaction: deliveries, messages or quarantine, and the wake-up that
 * assembles their threads. `also` runs in the same transaction. Doing it twice changes nothing. When the store refuses
 * one of them, each goes in by itself, that one is quarantined, and `also` comes last.
 */
export async function storeMails(
  mails: readonly ArchivedMail[],
  ports: StorePorts,
  also: Also,
): Promise<readonly TakenMail[]> {
  try {
    return await storeTogether(mails, ports, also)
  } catch (error) {
    if (!isOfOneMail(error)) {
      throw error
    }
  }
  const taken: TakenMail[] = []
  for (const mail of mails) {
    taken.push(await storeOrQuarantine(mail, ports))
  }
  await ports.store.transaction(also)
  return taken
}

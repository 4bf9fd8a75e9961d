import type { ArchivedDelivery } from '../../core/delivery.ts'
import { effectiveDate } from '../../core/message.ts'
import type { TakenMail } from '../../flow/intake/store-mails.ts'
import {
  type ArchivedBatch,
  archiveMails,
  type FreshOnes,
  freshOnes,
  type IntakePorts,
  storeArchived,
} from '../../flow/intake/take-mail.ts'
import type { StorableMail } from '../../mail/mail-parser.ts'
import type { AsideParser } from '../../mail/parse/parse-aside.ts'
import { parseMail } from '../../mail/parse/parse-mail.ts'
import type { AsideArchive } from './archive-aside.ts'

/** A mail that is to be imported. */
export type FoundMail = Pick<ArchivedDelivery, 'raw' | 'source' | 'location'>

export interface BatchParts {
  readonly ports: IntakePorts
  readonly parser: AsideParser
  readonly archive: AsideArchive
  /** Mails before it are silent; null: all are. */
  readonly since: Date | null
  /** Told when a batch is stored: what was new in it, and how many were known; the next one waits until it resolves. */
  onStored(taken: readonly TakenMail[], known: number): Promise<void>
}

export interface ImportBatches {
  /** Resolves when there is room for another batch. */
  add(found: readonly FoundMail[], signal: AbortSignal): Promise<void>
  /** Resolves when everything is stored. */
  end(): Promise<void>
}

/** One batch is parsed, one archived and one stored at once, each in its thread; that bounds memory too. */
const batchesAtOnce = 3

type Parse = (raw: Uint8Array) => StorableMail

/** For those that ask for each mail once and in order. */
function onceInOrder(raws: readonly Uint8Array[], mails: Iterable<StorableMail>): Parse {
  const parsed = mails[Symbol.iterator]()
  let at = 0
  return (raw) => {
    if (raw !== raws[at]) {
      return parseMail(raw)
    }
    at += 1
    const next = parsed.next()
    return next.done === true ? parseMail(raw) : next.value
  }
}

function inAnyOrder(raws: readonly Uint8Array[], mails: Iterable<StorableMail>): Parse {
  const parse = onceInOrder(raws, mails)
  const parsed = new Map(raws.map((raw) => [raw, parse(raw)]))
  return (raw) => parsed.get(raw) ?? parseMail(raw)
}

function isSilent(parsed: StorableMail, since: Date): boolean {
  return parsed.outcome === 'unreadable' || effectiveDate(parsed.message) < since
}

/** Takes batches one after the other: archived durably, then stored. A fault is thrown by the next call. */
export function importBatches(parts: BatchParts): ImportBatches {
  const { ports, parser, archive, since } = parts
  /** The keys of what is on its way, which the store may not know yet. */
  const underWay = new Set<string>()
  const taking: Promise<void>[] = []
  let lastArchived: Promise<unknown> = Promise.resolve()

  async function parseAside(fresh: readonly FoundMail[]): Promise<Parse> {
    const raws = fresh.map(({ raw }) => raw)
    const mails = await parser.parse(raws)
    return since === null ? onceInOrder(raws, mails) : inAnyOrder(raws, mails)
  }

  async function archiveNext(
    fresh: FreshOnes<FoundMail>,
    parsing: Promise<Parse>,
    before: Promise<unknown>,
    signal: AbortSignal,
  ): Promise<ArchivedBatch> {
    // What is silent anyway need not be read before it is archived.
    const parse = since === null ? null : await parsing
    await before
    const deliveries = fresh.deliveries.map((found, index) => ({
      ...found,
      blob: fresh.blobs[index],
      arrivedAt: ports.clock(),
      isSilent: since === null || parse === null || isSilent(parse(found.raw), since),
    }))
    return await archiveMails(deliveries, { archive }, signal)
  }

  async function store(
    { keys }: FreshOnes<FoundMail>,
    known: number,
    parsing: Promise<Parse>,
    archiving: Promise<ArchivedBatch>,
    before: Promise<void>,
  ): Promise<void> {
    const parse = await parsing
    const archived = await archiving
    await before
    const taken =
      keys.size === 0 ? [] : await storeArchived(archived, { ...ports, parse }, async () => {})
    for (const key of keys) {
      underWay.delete(key)
    }
    await parts.onStored(taken, known)
  }

  return {
    async add(found, signal) {
      const fresh = await freshOnes(found, ports, underWay)
      for (const key of fresh.keys) {
        underWay.add(key)
      }
      if (taking.length >= batchesAtOnce) {
        await taking.shift()
      }
      const parsing = parseAside(fresh.deliveries)
      const archiving = archiveNext(fresh, parsing, lastArchived, signal)
      const known = found.length - fresh.deliveries.length
      const before = taking.at(-1) ?? Promise.resolve()
      const stored = store(fresh, known, parsing, archiving, before)
      // Whoever waits for it next is told.
      for (const step of [parsing, archiving, stored]) {
        step.catch(() => undefined)
      }
      lastArchived = archiving
      taking.push(stored)
    },
    async end() {
      await taking.at(-1)
    },
  }
}

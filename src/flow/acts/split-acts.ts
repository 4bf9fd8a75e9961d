import { type MessageId, toMessageId, toTopicId } from '../../core/ids.ts'
import type { SeriesRecord } from '../../core/records.ts'
import { assembleThread } from '../../core/series/assemble-thread.ts'
import { placesOf } from '../../core/series/corrections.ts'
import { type Corrections, ownMails, type Series, versionText } from '../../core/series/series.ts'
import type { StoreReader, StoreTransaction } from '../../store/store.ts'
import { type PeoplesWords, readCorrections, unitedThread } from '../series/corrections.ts'
import { type ActPorts, type ActResult, decide, refusedAs } from './decide.ts'
import type { SaidBy } from './link-acts.ts'

/** What would become of a mail if it was placed there. */
interface Outlook {
  readonly record: SeriesRecord | null
  readonly isNameFixed: boolean
  /** The series it is part of now, and the one it would be part of. */
  readonly before: Series | null
  readonly after: Series | null
  /** The series that it would join, as it is now. */
  readonly joined: Series | null
  readonly place: MessageId | null
}

async function lookAhead(
  mail: MessageId,
  to: MessageId,
  words: PeoplesWords,
  reader: StoreReader,
): Promise<Outlook> {
  const wanted: Corrections = {
    ...words.corrections,
    places: [...words.corrections.places, { mail, to }],
  }
  const thread = await unitedThread(mail, placesOf(wanted), reader)
  const messages = thread.map(({ message }) => message)
  function seriesOf(one: MessageId, corrections: Corrections): Series | null {
    const { series } = assembleThread(messages, corrections, { quietMs: 0, now: null })
    return series.find((each) => ownMails(each).includes(one)) ?? null
  }
  const record = await reader.seriesOf(mail)
  const topic = record === null ? null : await reader.topic(record.topic)
  return {
    record,
    isNameFixed: topic?.isFixed === true && topic.topic === toTopicId(mail),
    before: seriesOf(mail, words.corrections),
    after: seriesOf(mail, wanted),
    joined: mail === to ? null : seriesOf(to, words.corrections),
    place: words.places.get(mail) ?? null,
  }
}

function isSame(one: Series | null, other: Series | null): boolean {
  return one !== null && other !== null && ownMails(one).join('\n') === ownMails(other).join('\n')
}

/** Why the mail cannot be placed there; null where it can. */
function refusal(mail: MessageId, to: MessageId, look: Outlook): ActResult | null {
  const { before, after, joined } = look
  if (after === null) {
    return refusedAs('FLOW_SPLIT_NO_PATCH', `${mail} holds no patch`)
  }
  const own = ownMails(after)
  const isTaken = joined === null || !ownMails(joined).every((one) => own.includes(one))
  if (mail !== to && isTaken) {
    return refusedAs('FLOW_SPLIT_TAKEN', `${mail} cannot be in one series with ${to}`)
  }
  if (look.isNameFixed) {
    return refusedAs('FLOW_SPLIT_NAMES_TOPIC', `${mail} names topic ${look.record?.topic}`)
  }
  return isSame(before, after)
    ? refusedAs('FLOW_SPLIT_NOTHING', `the series of ${mail} would stay as it is`)
    : null
}

function describe(mail: MessageId, to: MessageId, after: Series | null): string {
  const along = after === null ? [] : ownMails(after).filter((one) => one !== mail && one !== to)
  const words = `${after?.patches.length ?? 0} of ${after?.total ?? '?'} patches`
  if (mail !== to) {
    const version = after === null ? '' : ` version ${versionText(after)},`
    return `${mail} belongs to the series of ${to}:${version} ${words}`
  }
  const others = along.length === 0 ? '' : `; what answers it goes along: ${along.join(', ')}`
  return `${mail} opens a series of its own, ${words}${others}`
}

async function wake(
  mails: readonly (MessageId | null)[],
  ports: ActPorts,
  tx: StoreTransaction,
): Promise<void> {
  for (const mail of new Set(mails)) {
    if (mail !== null) {
      await tx.enqueue('assemble', mail, ports.clock())
    }
  }
}

/**
 * Takes a mail out of its series: into one of its own where `to` is null, else into that of the mail `to`. Patches that
 * answer it go along. A reply with a patch in it becomes a patch.
 */
export async function split(
  id: string,
  target: string | null,
  { reason, by }: SaidBy,
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const mail = toMessageId(id)
  const to = target === null ? mail : toMessageId(target)
  const found = await ports.store.read(async (reader) => {
    for (const one of [mail, to]) {
      if ((await reader.message(one)) === null) {
        return { outcome: 'refused', missing: one } as const
      }
    }
    const words = await readCorrections(reader)
    return { outcome: 'look', look: await lookAhead(mail, to, words, reader) } as const
  })
  if (found.outcome === 'refused') {
    return refusedAs('FLOW_NO_MAIL', `there is no mail ${found.missing}`)
  }
  const { look } = found
  if (look.place === to) {
    return { outcome: 'done', message: `${mail} is there already` }
  }
  const problem = refusal(mail, to, look)
  if (problem !== null) {
    return problem
  }
  const topic = mail === to ? toTopicId(mail) : null
  const result = `${describe(mail, to, look.after)}${reason === '' ? '' : `: ${reason}`}`
  return decide(
    { kind: 'split', mail, to, topic, reason },
    by,
    {
      record: look.record,
      ...(topic === null ? {} : { alsoIn: [topic] }),
      rule: 'split',
      inputs: { mail, to },
      result,
    },
    (tx) => wake([mail, to, look.place], ports, tx),
    ports,
    signal,
  )
}

/** The mail belongs where the rules say again. */
export async function undoSplit(
  id: string,
  { reason, by }: SaidBy,
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const mail = toMessageId(id)
  const { place, record } = await ports.store.read(async (reader) => ({
    place: (await readCorrections(reader)).places.get(mail) ?? null,
    record: await reader.seriesOf(mail),
  }))
  if (place === null) {
    return refusedAs('FLOW_NOTHING_TO_UNDO', `nobody took ${mail} out of its series`)
  }
  const result = `${mail} belongs where the rules say again${reason === '' ? '' : `: ${reason}`}`
  return decide(
    { kind: 'undo', of: 'split', mails: [mail], reason },
    by,
    { record, rule: 'undo-split', inputs: { mail }, result },
    (tx) => wake([mail, place], ports, tx),
    ports,
    signal,
  )
}

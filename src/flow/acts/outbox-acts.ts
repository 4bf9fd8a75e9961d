import { toMessageId } from '../../core/ids.ts'
import type { JournalDecision } from '../../core/journal-entry.ts'
import type { OutboxRecord, OutboxState } from '../../core/records.ts'
import type { StoreReader } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import { type ActResult, decide, refused } from './decide.ts'

type ActPorts = Pick<FlowPorts, 'store' | 'journal' | 'clock'>

export interface MailAct {
  readonly reason: string
  readonly by: string
}

const leastEnd = 6

/**
 * The mail that `id` names: its key, its Message-ID, or the last six or more characters of its key where no other ends
 * so. `ambiguous` holds some of those that do.
 */
export async function findOutgoing(
  id: string,
  reader: StoreReader,
): Promise<
  | { readonly outcome: 'found'; readonly record: OutboxRecord }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'ambiguous'; readonly keys: readonly string[] }
> {
  const whole = (await reader.outboxEntry(id)) ?? (await reader.outboxByMessageId(toMessageId(id)))
  if (whole !== null) {
    return { outcome: 'found', record: whole }
  }
  const keys = id.length < leastEnd ? [] : await reader.outboxKeysEndingIn(id, 5)
  if (keys.length > 1) {
    return { outcome: 'ambiguous', keys }
  }
  const record = keys[0] === undefined ? null : await reader.outboxEntry(keys[0])
  return record === null ? { outcome: 'unknown' } : { outcome: 'found', record }
}

/** Why a mail in this state cannot be released or dropped any more. */
const tooLate: Readonly<Partial<Record<OutboxState, string>>> = {
  'handed-over': 'it was sent already',
  seen: 'it was sent already, and has been seen on the list',
  sending: 'it is being sent just now',
  dropped: 'it was dropped',
}

async function moveMail(
  kind: 'release' | 'drop',
  from: readonly OutboxState[],
  record: OutboxRecord,
  { reason, by }: MailAct,
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const { key, topic } = record
  const series =
    topic === null
      ? null
      : await ports.store.read(async (reader) => (await reader.seriesOfTopic(topic)).at(-1) ?? null)
  const decision: JournalDecision = { kind, key, reason }
  const result =
    kind === 'release'
      ? `the mail is sent by serve, or by the next sync: ${key}`
      : `the mail is not sent: ${key}`
  let isMoved = false
  const done = await decide(
    decision,
    by,
    { record: series, rule: kind, result },
    async (tx) => {
      const at = ports.clock()
      const to = kind === 'release' ? 'pending' : 'dropped'
      const note = `${kind === 'release' ? 'released' : 'dropped'} by ${by}${reason === '' ? '' : `: ${reason}`}`
      isMoved = await tx.moveOutbox(key, from, to, note, at)
      if (isMoved && kind === 'release') {
        await tx.enqueue('send', key, at)
      }
    },
    ports,
    signal,
  )
  return isMoved ? done : refused('it was sent or decided about by somebody else meanwhile')
}

async function require(
  key: string,
  from: readonly OutboxState[],
  act: (record: OutboxRecord) => Promise<ActResult>,
  ports: ActPorts,
): Promise<ActResult> {
  const record = await ports.store.read((reader) => reader.outboxEntry(key))
  if (record === null) {
    return refused('there is no such mail in the outbox')
  }
  return from.includes(record.state)
    ? act(record)
    : refused(`${tooLate[record.state] ?? `it is ${record.state}`}: ${key}`)
}

/**
 * Lets a mail go that is held, failed, or waits for its time: quiet hours and limits hold it no more, and its next try is
 * now. One of which nobody can tell whether it was taken goes only with `mayArriveTwice`.
 */
export async function releaseMail(
  key: string,
  act: MailAct & { readonly mayArriveTwice: boolean },
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const from: readonly OutboxState[] = ['held', 'unknown', 'failed', 'pending']
  return require(key, from, async (record) =>
    record.state === 'unknown' && !act.mayArriveTwice
      ? refused(
          `nobody can tell whether it was taken, and it may arrive twice: look on the list, then drop it or add --may-arrive-twice: ${key}`,
        )
      : moveMail('release', from, record, act, ports, signal), ports)
}

/** Never sends this mail; of what was sent already nothing is taken back. */
export async function dropMail(
  key: string,
  act: MailAct,
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const from: readonly OutboxState[] = ['held', 'unknown', 'failed', 'pending']
  return require(key, from, (record) => moveMail('drop', from, record, act, ports, signal), ports)
}

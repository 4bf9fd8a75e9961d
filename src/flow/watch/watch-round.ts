import type { OutboxRecord } from '../../core/records.ts'
import { type Condition, type ConditionId, conditionKey } from '../../core/watch/condition.ts'
import {
  badAfter,
  dueNotice,
  type Installation,
  type Notice,
  noticeKey,
  type Told,
} from '../../core/watch/notice.ts'
import type { WatchPolicy } from '../../core/watch/watch-policy.ts'
import { badIn } from '../../report/notice-mail.ts'
import type { StoreReader, StoreTransaction } from '../../store/store.ts'
import { quarantinedMails } from '../acts/quarantine-acts.ts'
import type { FlowPorts } from '../ports.ts'
import { watchConditions } from './watch-conditions.ts'
import type { Outage, Surroundings } from './watch-look.ts'

const dayMs = 86_400_000
const mostMails = 100

/**
 * What the operator was told. The mails themselves say it, and they are in the journal: neither a kill nor a rebuild has
 * anything told twice. Null while one is on its way: what is true once it has left is told then.
 */
async function toldBy(
  reader: StoreReader,
  now: Date,
): Promise<(Told & { readonly lastAt: Date | null }) | null> {
  const mails = await reader.outbox({ kind: 'operator', limit: mostMails })
  const [last] = mails
  return last?.state === 'pending' || last?.state === 'sending'
    ? null
    : {
        bad: new Set(last === undefined ? [] : badIn(last.mail)),
        at: mails
          .map(({ createdAt }) => createdAt)
          .filter((at) => now.getTime() - at.getTime() < dayMs),
        lastAt: last?.createdAt ?? null,
      }
}

/** What there is more of since the last mail to the operator. */
async function renewedSince(
  lastAt: Date | null,
  reader: StoreReader,
): Promise<ReadonlySet<ConditionId>> {
  const mails = await quarantinedMails(reader, mostMails)
  const newest = mails.find(({ seen }) => seen === null)
  const isMore = lastAt !== null && newest !== undefined && newest.at > lastAt
  return new Set(isMore ? ['quarantine'] : [])
}

interface RoundPorts extends Pick<FlowPorts, 'store' | 'reporter' | 'bot' | 'clock' | 'log'> {
  readonly installation: Installation
}

async function tell(
  notice: Notice,
  told: Told,
  address: string,
  { reporter, bot, installation }: RoundPorts,
  tx: StoreTransaction,
): Promise<void> {
  const key = noticeKey(notice)
  const to = [{ name: '', address }]
  const record: OutboxRecord = {
    key,
    kind: 'operator',
    project: '',
    list: null,
    topic: null,
    version: null,
    head: null,
    mail: reporter.renderNotice(notice, badAfter(told, notice), {
      from: bot,
      installation,
      key,
      to,
    }),
    state: 'pending',
    note: '',
    offeredAt: null,
    createdAt: notice.at,
    updatedAt: notice.at,
  }
  if (await tx.addToOutbox(record)) {
    await tx.enqueue('send', key, notice.at)
  }
}

function logChanges(
  before: readonly Condition[],
  conditions: readonly Condition[],
  { log }: RoundPorts,
): void {
  const known = new Map(before.map((one) => [conditionKey(one), one.state]))
  for (const { id: condition, subject, state, value, limit, message, remedy } of conditions) {
    const was = known.get(conditionKey({ id: condition, subject })) ?? 'good'
    const fields = { condition, subject, value, limit, found: message }
    if (state === 'bad' && was === 'good') {
      log.error({ ...fields, remedy }, 'a watched condition turned bad')
    } else if (state === 'good' && was === 'bad') {
      log.info(fields, 'a watched condition is good again')
    }
  }
}

function clockTime(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** As a condition that is good again: the store. */
function overcome({ since, until, isDiskFull }: Outage): Condition {
  const why = isDiskFull ? 'its disk was full' : 'the log says why'
  return {
    id: 'store',
    subject: null,
    state: 'good',
    since: until,
    message: `Nothing could be written into the store from ${clockTime(since)} to ${clockTime(until)}: ${why}.`,
    value: null,
    limit: null,
    remedy: null,
  }
}

/**
 * Looks at every watched condition, saves what it found, and puts a mail to the operator into the outbox when one is due: all in
 * one transaction, so that what was told and what was sent cannot differ. `isOutageTold`: of an outage that lasted as long as a
 * condition has to be bad nobody has to be told any more.
 */
export async function watchRound(
  around: Surroundings,
  policy: WatchPolicy,
  ports: RoundPorts,
): Promise<{ readonly conditions: readonly Condition[]; readonly isOutageTold: boolean }> {
  const { store, clock } = ports
  const now = clock()
  const outage = around.outage ?? null
  const lastedMs = outage === null ? 0 : outage.until.getTime() - outage.since.getTime()
  const unheard = outage === null || lastedMs < policy.badForMs ? [] : [overcome(outage)]
  const { before, conditions, isOutageTold } = await store.transaction(async (tx) => {
    const saved = (await tx.watched())?.conditions ?? []
    const found = await watchConditions(tx, around, policy, now)
    await tx.saveWatched(found, now)
    const told = policy.address === null ? null : await toldBy(tx, now)
    const notice =
      told === null
        ? null
        : dueNotice(found, told, policy, now, unheard, await renewedSince(told.lastAt, tx))
    if (told !== null && notice !== null && policy.address !== null) {
      await tell(notice, told, policy.address, ports, tx)
    }
    const hasNobody = policy.address === null || unheard.length === 0
    return { before: saved, conditions: found, isOutageTold: hasNobody || notice !== null }
  })
  logChanges(before, conditions, ports)
  return { conditions, isOutageTold }
}

import type { Mailbox } from '../../core/message.ts'
import { type MailingList, policyFor, type ReportPolicy } from '../../core/project.ts'
import {
  type Digest,
  type DigestItem,
  digestDay,
  digestKey,
  nextDigestAt,
} from '../../core/report/digest.ts'
import { isMailable } from '../../core/report/mailable.ts'
import { mailboxKey } from '../../core/report/report-policy.ts'
import type { Job, StoreTransaction } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject } from '../ports.ts'
import { settledDecision, toldDecision } from './digest-item.ts'
import { initialState } from './initial-state.ts'
import { consents } from './opt-out.ts'
import { overtakenBy, overtakenWords } from './overtaken.ts'
import { silenced } from './silence.ts'

/** So many results are read; what is beyond waits for the next digest. */
const mostItems = 300
const dayMs = 86_400_000

function readersOf(
  { digest, results, maintainers }: ReportPolicy,
  list: MailingList | null,
): readonly Mailbox[] {
  switch (digest.to) {
    case 'list':
      return list === null ? [] : [{ name: '', address: list.address }]
    case 'maintainers':
      return maintainers
    case 'results':
      return results === null ? [] : [results]
  }
}

async function readersLeft(
  policy: ReportPolicy,
  list: MailingList | null,
  now: Date,
  tx: StoreTransaction,
): Promise<readonly Mailbox[]> {
  const { optedOut } = await consents(tx)
  const bouncing = await silenced(tx, now)
  const silent = new Set([...optedOut, ...bouncing.map(({ address }) => address)].map(mailboxKey))
  return readersOf(policy, list).filter(
    ({ address }) => isMailable(address) && !silent.has(mailboxKey(address)),
  )
}

async function drop(
  item: DigestItem,
  rule: string,
  result: string,
  at: Date,
  tx: StoreTransaction,
): Promise<void> {
  await tx.settleDigestItem(item.key, 'dropped', null)
  await tx.addDecision(settledDecision(item, { digest: null, rule, result }, at))
}

/** Those that still say something: a newer version has taken the place of the others, which are dropped. */
async function dropStale(
  items: readonly DigestItem[],
  now: Date,
  tx: StoreTransaction,
): Promise<readonly DigestItem[]> {
  const left: DigestItem[] = []
  for (const item of items) {
    const newest = await overtakenBy(item.topic, item.version, tx)
    if (newest === null) {
      left.push(item)
    } else {
      const words = overtakenWords(item.version, newest)
      await drop(item, 'overtaken', words, now, tx)
    }
  }
  return left
}

/**
 * Puts the digest of one list into the outbox when it is due: what it tells of is settled in the same transaction, so that
 * each result is in one digest and no digest is there twice. The journal entry of its sending holds them all again.
 */
export async function writeDigest(job: Job, ports: FlowPorts): Promise<void> {
  const [name = '', listName = ''] = job.key.split(' ')
  const project = findProject(ports, name)
  const now = ports.clock()
  await finish(job, ports, async (tx) => {
    const waiting = await tx.digestItems({ project: name, list: listName, state: 'waiting' })
    const [oldest] = waiting
    if (oldest === undefined) {
      return
    }
    if (project === null) {
      // Configured no more: what waits is told once it is again.
      await tx.enqueue('digest', job.key, new Date(now.getTime() + dayMs))
      return
    }
    const policy = policyFor(project.project, listName)
    const day = digestDay(now, policy.digest)
    const key = digestKey(name, listName, day)
    if (nextDigestAt(oldest.at, policy.digest) > now || (await tx.outboxEntry(key)) !== null) {
      await tx.enqueue('digest', job.key, nextDigestAt(now, policy.digest))
      return
    }
    const list = project.project.lists.find((one) => one.name === listName) ?? null
    const telling = await dropStale(waiting, now, tx)
    const items = telling.slice(0, mostItems)
    const to = await readersLeft(policy, list, now, tx)
    if (items.length === 0) {
      return
    }
    if (to.length === 0) {
      const why = `not reported because the digest goes to ${policy.digest.to}, and nobody is left there who wants it`
      for (const item of telling) {
        await drop(item, 'nobody-left', why, now, tx)
      }
      return
    }
    const left = telling.length - items.length
    const digest: Digest = {
      project: name,
      list: listName,
      day,
      every: policy.digest.every,
      items,
      left,
      at: now,
    }
    const mail = ports.reporter.renderDigest(digest, { from: ports.bot, key, to, cc: [] })
    const { state, note } = await initialState(key, policy.isDryRun ? 'dry run' : null, tx)
    await tx.addToOutbox({
      key,
      kind: 'digest',
      project: name,
      list: listName,
      topic: null,
      version: null,
      head: null,
      mail,
      state,
      note,
      offeredAt: null,
      createdAt: now,
      updatedAt: now,
    })
    for (const item of items) {
      await tx.settleDigestItem(item.key, 'told', key)
      await tx.addDecision(toldDecision(item, { key, mail }, now))
    }
    if (state === 'pending') {
      await tx.enqueue('send', key, now)
    }
    if (left > 0) {
      await tx.enqueue('digest', job.key, nextDigestAt(now, policy.digest))
    }
  })
}

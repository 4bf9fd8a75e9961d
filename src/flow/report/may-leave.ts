import { policyFor, type ReportPolicy } from '../../core/project.ts'
import type { OutboxRecord } from '../../core/records.ts'
import { type Departure, departure, limitWindowMs } from '../../core/report/departure.ts'
import type { DigestItem } from '../../core/report/digest.ts'
import { ownMails, versionText } from '../../core/series/series.ts'
import type { Job, StoreReader } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject } from '../ports.ts'
import { awaitDigest, toDigestItem } from './digest-item.ts'

/** When the newest mail of the version arrived, or a person last acted on its topic. */
async function stirredAt(record: OutboxRecord, reader: StoreReader): Promise<Date | null> {
  const { topic, version } = record
  if (topic === null || version === null) {
    return null
  }
  const versions = await reader.seriesOfTopic(topic)
  const series = versions.find((one) => versionText(one.series) === version)?.series
  const mails = series === undefined ? [] : await reader.messages(ownMails(series))
  const approvals = await reader.humanDecisions('approve')
  const acts = (await reader.decisions({ topic })).filter(({ step }) => step === 'person')
  const times = [
    ...mails.map(({ arrivedAt }) => arrivedAt),
    ...approvals.filter(({ decision }) => decision.topic === topic).map(({ at }) => at),
    ...acts.map(({ at }) => at),
  ].map((at) => at.getTime())
  return times.length === 0 ? null : new Date(Math.max(...times))
}

async function decideDeparture(
  record: OutboxRecord,
  policy: ReportPolicy,
  now: Date,
  reader: StoreReader,
): Promise<Departure> {
  const { key, kind, project, list, topic } = record
  const { perThread, perDay } = policy.limits
  const since = new Date(now.getTime() - limitWindowMs)
  const releases = await reader.humanDecisions('release')
  return departure(policy, {
    now,
    isReleased: releases.some(({ decision }) => decision.key === key),
    wasOffered: record.offeredAt !== null,
    stirredAt: await stirredAt(record, reader),
    inThread:
      topic === null ? [] : await reader.offered({ topic, besides: key, since, limit: perThread }),
    onList:
      list === null || kind === 'digest'
        ? []
        : await reader.offered({ project, list, besides: key, since, limit: perDay }),
  })
}

/** What the digest says of it; null where its series is not to be found: a person may have moved it. */
async function itemOf(
  record: OutboxRecord,
  rule: string,
  at: Date,
  reader: StoreReader,
): Promise<DigestItem | null> {
  const { kind, list, topic, version } = record
  const versions = topic === null ? [] : await reader.seriesOfTopic(topic)
  const series = versions.find((one) => versionText(one.series) === version)
  return series === undefined || list === null || kind === 'digest' || kind === 'operator'
    ? null
    : toDigestItem({ ...record, kind, list }, series, rule, at)
}

/** How the note of a report begins that waits for a time which its policy says. */
export const waitingNote = 'waits until '

/**
 * Whether the policy lets a report leave now; if not, the job is finished: the report waits for its time or for a person,
 * or is dropped, and why is a decision. A list that is configured no more has no policy.
 */
export async function mayLeave(
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
): Promise<'leave' | 'finished'> {
  const { key, list } = record
  const project = findProject(ports, record.project)
  if (project === null || list === null) {
    return 'leave'
  }
  const policy = policyFor(project.project, list)
  const now = ports.clock()
  const decided = await ports.store.read((reader) => decideDeparture(record, policy, now, reader))
  if (decided.outcome === 'leave') {
    return 'leave'
  }
  const { rule, why } = decided
  const item =
    decided.outcome === 'digest'
      ? await ports.store.read((reader) => itemOf(record, rule, now, reader))
      : null
  const outcome = decided.outcome === 'digest' && item === null ? 'hold' : decided.outcome
  const until = decided.outcome === 'wait' ? decided.until : now
  const notes = {
    wait: `${waitingNote}${until.toISOString()}: ${why}`,
    hold: `${why}: a person releases it`,
    digest: `told in the digest of ${list}: ${why}`,
    drop: `not sent: ${why}`,
  }
  const note = notes[outcome]
  const results = { ...notes, hold: `held: ${note}`, drop: `not reported because ${why}` }
  await finish(job, ports, async (tx) => {
    const to = { wait: 'pending', hold: 'held', digest: 'dropped', drop: 'dropped' } as const
    const isMoved = await tx.moveOutbox(key, ['pending'], to[outcome], note, now)
    if (isMoved && item !== null) {
      await awaitDigest(item, policy.digest, tx)
    }
    if (note !== record.note) {
      await tx.addDecision({
        at: now,
        messageId: record.mail.inReplyTo,
        topic: record.topic,
        version: record.version,
        step: 'send',
        rule,
        inputs: { key },
        result: results[outcome],
      })
    }
    if (outcome === 'wait') {
      await tx.enqueue('send', key, until)
    }
  })
  return 'finished'
}

import type { TopicId } from '../../core/ids.ts'
import type { ApplicationRecord, SeriesRecord } from '../../core/records.ts'
import { versionText } from '../../core/series/series.ts'
import type { Topic, TopicState } from '../../core/topic/topic.ts'
import { topicSlug } from '../../core/topic/topic-slug.ts'
import type { StoreTransaction } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import { isWithdrawn } from './is-withdrawn.ts'

/** The newest application of exactly this series; null when there is none yet. */
export function applicationOf(
  record: SeriesRecord,
  applications: readonly ApplicationRecord[],
): ApplicationRecord | null {
  const own = applications.filter(
    (one) => one.version === versionText(record.series) && one.digest === record.digest,
  )
  return own.at(-1) ?? null
}

function stateBeforePublishing(newest: SeriesRecord): TopicState {
  if (!newest.series.complete) {
    return 'incomplete'
  }
  return newest.isSilent ? 'silent' : 'waiting'
}

/**
 * Brings the row of a topic up to date with its series: name, version, submitter, and the state where the
 * newest version that a project takes has not been worked on yet, or where people moved all its versions away. Does
 * nothing for a topic that no project takes.
 */
export async function refreshTopic(
  topic: TopicId,
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<void> {
  const versions = await tx.seriesOfTopic(topic)
  const newest = versions.findLast(({ project }) => project !== null)
  const known = await tx.topic(topic)
  const now = ports.clock()
  if (versions.length === 0 && known?.isFixed === true) {
    await tx.saveTopic({ ...known, state: 'moved', verdict: null, updatedAt: now })
  }
  if (newest === undefined || newest.project === null) {
    return
  }
  const application = known === null ? null : applicationOf(newest, await tx.applications(topic))
  const version = versionText(newest.series)
  const isWorkedOn =
    application !== null &&
    known?.version === version &&
    // Neither is what became of an application: its mails were elsewhere, or lost.
    known.state !== 'moved' &&
    known.state !== 'incomplete'
  const state = isWorkedOn ? known.state : stateBeforePublishing(newest)
  const next: Topic = {
    topic,
    project: newest.project,
    slug: known?.isFixed === true ? known.slug : topicSlug(versions[0]?.series.name ?? ''),
    isFixed: known?.isFixed ?? false,
    name: newest.series.name,
    submitter: newest.series.submitter,
    version,
    state: (await isWithdrawn(topic, version, tx)) ? 'withdrawn' : state,
    verdict: isWorkedOn ? known.verdict : null,
    branch: known?.branch ?? null,
    head: known?.head ?? null,
    pullRequest: known?.pullRequest ?? null,
    createdAt: known?.createdAt ?? newest.series.startedAt,
    updatedAt: now,
  }
  if (known === null || JSON.stringify({ ...known, updatedAt: now }) !== JSON.stringify(next)) {
    await tx.saveTopic(next)
  }
}

/** Whether its pull request has to follow: none is there before something was published. */
function showsOnForge(before: Topic, after: Topic): boolean {
  return (
    (before.head !== null || after.head !== null) &&
    (before.state !== after.state || before.head !== after.head)
  )
}

/** Changes what is known of a topic, and wakes its pull request where that shows it; does nothing when the topic has no row. */
export async function updateTopic(
  topic: TopicId,
  change: Partial<Omit<Topic, 'topic'>>,
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<void> {
  const known = await tx.topic(topic)
  if (known !== null) {
    const next = { ...known, ...change, updatedAt: ports.clock() }
    await tx.saveTopic(next)
    if (showsOnForge(known, next)) {
      await tx.enqueue('pull', topic, ports.clock())
    }
  }
}

import type { Decision } from '../../core/decision.ts'
import type { Sha, TopicId } from '../../core/ids.ts'
import type { PullRequestFacts } from '../../core/pull-request/desired-pull-request.ts'
import type { PullRequestRecord } from '../../core/pull-request/pull-request-record.ts'
import type { ApplicationRecord, SeriesRecord } from '../../core/records.ts'
import { versionText } from '../../core/series/series.ts'
import type { Topic } from '../../core/topic/topic.ts'
import { isNewer } from '../../core/topic/version-order.ts'
import type { StoreReader } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import { newestPublished } from '../publish/newest-published.ts'
import { appliedHead } from '../publish/push-application.ts'
import { lastRestore } from '../recovery/sent-before-restore.ts'
import { isWithdrawn } from '../series/is-withdrawn.ts'

/** A version that was published, and the head it came to. */
export interface ShownVersion {
  readonly record: SeriesRecord
  readonly application: ApplicationRecord
  readonly head: Sha
}

/** The series that the shown one is built on. */
export interface ParentTopic {
  readonly topic: Topic
  /** Null where it has none. */
  readonly pullRequest: PullRequestRecord | null
  /** The version of it that the shown one is built on. */
  readonly version: string
  /** The one that is published now, where that is newer. */
  readonly newer: string | null
  /** Its branch is where the shown one begins. */
  readonly isBase: boolean
}

/** What the store says about the pull request of a topic. */
export interface PullRequestLook {
  readonly topic: Topic
  readonly facts: PullRequestFacts
  /** The number of the one before the last, which that one follows. */
  readonly replaced: number | null
  /** All applications of the topic. */
  readonly applications: readonly ApplicationRecord[]
  /** The newest version that was published and still belongs to the topic; null where there is none. */
  readonly shown: ShownVersion | null
  /** The newest version, where it is newer than the shown one, and how it was applied last. */
  readonly blocked: {
    readonly record: SeriesRecord
    readonly application: ApplicationRecord | null
  } | null
  /** Null where it is built on no series, or on one that is merged. */
  readonly parent: ParentTopic | null
  /** Topics built on one of this. */
  readonly children: readonly TopicId[]
  readonly decisions: readonly Decision[]
  /** What the person said who withdrew it. */
  readonly withdrawal: string
  /** The topic that has the last shown version now, where people moved it away. */
  readonly successor: number | null
  /** When state was last brought back from a backup: what was done just before that is not remembered. */
  readonly restoredAt: Date | null
}

async function parentOf(
  { application }: ShownVersion,
  reader: StoreReader,
): Promise<ParentTopic | null> {
  if (application.baseRule !== 'depends-on' && application.baseRule !== 'prerequisite') {
    return null
  }
  const below = (await reader.applicationsTouching(application.base)).findLast(
    (one) =>
      one.publishedAt !== null &&
      one.project === application.project &&
      one.topic !== application.topic &&
      appliedHead(one) === application.base,
  )
  const topic = below === undefined ? null : await reader.topic(below.topic)
  if (below === undefined || topic === null || topic.state === 'merged') {
    return null
  }
  const pulls = await reader.pullRequests({ topic: topic.topic })
  const newest = (await newestPublished(topic.topic, reader))?.newest ?? null
  return {
    topic,
    pullRequest: pulls.at(-1) ?? null,
    version: below.version,
    newer: newest !== null && isNewer(newest.version, below.version) ? newest.version : null,
    isBase: newest === null || appliedHead(newest) === application.base,
  }
}

async function childrenOf(
  applications: readonly ApplicationRecord[],
  reader: StoreReader,
): Promise<readonly TopicId[]> {
  const children = new Set<TopicId>()
  for (const one of applications) {
    const head = one.publishedAt === null ? null : appliedHead(one)
    const touching = head === null ? [] : await reader.applicationsTouching(head)
    for (const { base, topic } of touching) {
      if (base === head && topic !== one.topic) {
        children.add(topic)
      }
    }
  }
  return [...children]
}

async function shownOf(
  application: ApplicationRecord | null,
  versions: readonly SeriesRecord[],
): Promise<ShownVersion | null> {
  const head = application === null ? null : appliedHead(application)
  if (application === null || head === null) {
    return null
  }
  const own = versions.filter(({ series }) => versionText(series) === application.version)
  const record = own.find(({ digest }) => digest === application.digest) ?? own[0]
  return record === undefined ? null : { record, application, head }
}

async function successorOf(
  known: PullRequestRecord | null,
  applications: readonly ApplicationRecord[],
  reader: StoreReader,
): Promise<number | null> {
  const last = applications.find((one) => known !== null && appliedHead(one) === known.head)
  const mail = last?.application.commits[0]?.messageId
  const now = mail === undefined ? null : await reader.seriesOf(mail)
  const topic = now === null ? null : await reader.topic(now.topic)
  return topic === null || topic.topic === known?.topic ? null : topic.pullRequest
}

/** Null where nothing of the topic was published, or where nobody knows yet what is left of it. */
export async function lookAtPullRequest(
  id: TopicId,
  ports: Pick<FlowPorts, 'store'>,
): Promise<PullRequestLook | null> {
  return ports.store.read(async (reader) => {
    const topic = await reader.topic(id)
    const published = await newestPublished(id, reader)
    if (topic === null || published === null) {
      return null
    }
    const versions = await reader.seriesOfTopic(id)
    const shown = await shownOf(published.newest, versions)
    const version = shown?.application.version ?? null
    const newest = versions.findLast(({ series }) => series.complete)
    const isBlocked =
      newest !== undefined && version !== null && isNewer(versionText(newest.series), version)
    const pulls = await reader.pullRequests({ topic: id })
    const known = pulls.at(-1) ?? null
    const withdrawals = await reader.humanDecisions('withdraw')
    return {
      topic,
      facts: {
        state: topic.state,
        version,
        isWithdrawn: version !== null && (await isWithdrawn(id, topic.version, reader)),
        known,
      },
      replaced: pulls.at(-2)?.number ?? null,
      applications: published.applications,
      shown,
      blocked: isBlocked
        ? {
            record: newest,
            application:
              published.applications.findLast((one) => one.digest === newest.digest) ?? null,
          }
        : null,
      parent: shown === null ? null : await parentOf(shown, reader),
      children: await childrenOf(published.applications, reader),
      decisions: await reader.decisions({ topic: id }),
      withdrawal:
        withdrawals.findLast(({ decision }) => decision.topic === id)?.decision.reason ?? '',
      restoredAt: (await lastRestore(reader))?.at ?? null,
      successor: shown === null ? await successorOf(known, published.applications, reader) : null,
    }
  })
}

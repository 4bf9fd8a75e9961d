import type { Decision } from '../../core/decision.ts'
import type { ArchivePosition } from '../../core/delivery.ts'
import { type MessageId, type Sha, type TopicId, toMessageId } from '../../core/ids.ts'
import { ownMails, versionText } from '../../core/series/series.ts'
import type { Store, StoreReader } from '../../store/store.ts'
import { quarantinedMails } from './quarantine-acts.ts'

const topicIdForm = /^[0-9a-f]{12}$/

/** The topic that `id` names: its id, or a Message-ID of one of its mails or of a reply to one. Null for neither. */
export async function findTopic(id: string, reader: StoreReader): Promise<TopicId | null> {
  if (topicIdForm.test(id) && (await reader.seriesOfTopic(id as TopicId)).length > 0) {
    return id as TopicId
  }
  const messageId = toMessageId(id)
  const own = await reader.seriesOf(messageId)
  if (own !== null) {
    return own.topic
  }
  const thread = await reader.thread(messageId)
  for (const { message } of thread) {
    const series = await reader.seriesOf(message.messageId)
    if (series?.series.replies.includes(messageId)) {
      return series.topic
    }
  }
  return null
}

/** How a mail arrived, as decisions: they are not stored, the deliveries say it. */
async function arrivals(
  messageId: MessageId,
  topic: TopicId | null,
  reader: StoreReader,
): Promise<readonly Decision[]> {
  const deliveries = await reader.deliveries(messageId)
  const stored = await reader.message(messageId)
  return deliveries.map((delivery, index) => ({
    at: delivery.arrivedAt,
    messageId,
    topic,
    version: null,
    step: 'archive',
    rule: index === 0 ? 'first-delivery' : 'further-delivery',
    inputs: {
      source: delivery.source,
      location: delivery.location,
      isSilent: delivery.isSilent,
      repairs: stored?.message.repairs ?? [],
      problems: stored?.message.problems ?? [],
    },
    result: `archived as ${delivery.position}`,
  }))
}

/** Where the versions of a topic are that people have moved away, as decisions: corrections may move them again. */
async function movedAway(id: string, reader: StoreReader): Promise<readonly Decision[] | null> {
  const topic = topicIdForm.test(id) ? await reader.topic(id as TopicId) : null
  if (topic === null) {
    return null
  }
  const moved = new Map<string, Decision>()
  for (const { version, application, at } of await reader.applications(topic.topic)) {
    const messageId = application.commits[0]?.messageId
    const now = messageId === undefined ? null : await reader.seriesOf(messageId)
    if (now !== null) {
      const other = versionText(now.series)
      const as = other === version ? '' : `, as version ${other}`
      moved.set(version, {
        at: new Date(Math.max(at.getTime(), topic.updatedAt.getTime())),
        messageId: now.series.anchor,
        topic: topic.topic,
        version,
        step: 'link',
        rule: 'moved',
        inputs: { to: now.topic },
        result: `version ${version} belongs to topic ${now.topic} now${as}`,
      })
    }
  }
  return [...(await reader.decisions({ topic: topic.topic })), ...moved.values()].toSorted(byTime)
}

function byTime(a: Decision, b: Decision): number {
  return a.at.getTime() - b.at.getTime()
}

/**
 * Every decision about a mail, or about a topic and the mails of all its versions, oldest first. Null when
 * nothing is known under that id.
 */
export async function explain(id: string, store: Store): Promise<readonly Decision[] | null> {
  return store.read(async (reader) => {
    const topic = await findTopic(id, reader)
    const messageId = toMessageId(id)
    const isMail = (await reader.message(messageId)) !== null
    if (topic === null && !isMail) {
      return movedAway(id, reader)
    }
    const mails = isMail
      ? [messageId]
      : topic === null
        ? []
        : (await reader.seriesOfTopic(topic)).flatMap(({ series }) => ownMails(series))
    const found: Decision[] = []
    const seen = new Set<MessageId>()
    for (const mail of mails) {
      if (!seen.has(mail)) {
        seen.add(mail)
        found.push(...(await arrivals(mail, topic, reader)))
        const said = await reader.decisions({ messageId: mail })
        found.push(...said.filter((decision) => decision.topic === null || topic === null))
      }
    }
    if (topic !== null) {
      found.push(...(await reader.decisions({ topic })))
    }
    return found.toSorted(byTime)
  })
}

/** What `patchferry status` shows. */
export interface StoredStatus {
  readonly topics: readonly {
    readonly topic: string
    readonly name: string
    readonly version: string
    readonly state: string
    readonly verdict: string | null
    readonly branch: string | null
    readonly pullRequest: number | null
    readonly updatedAt: string
  }[]
  readonly jobs: Readonly<Record<string, number>>
  readonly outbox: Readonly<Record<string, number>>
  /** Series that no project takes: how many for which reason, and the newest of them. */
  readonly ignored: {
    readonly count: number
    readonly reasons: Readonly<Record<string, number>>
    readonly series: readonly {
      readonly messageId: string
      readonly version: string
      readonly name: string
      readonly reason: string
      readonly updatedAt: string
    }[]
  }
  readonly quarantine: readonly {
    readonly source: string
    readonly code: string
    readonly message: string
  }[]
  /** Where the mails of the quarantine are, in the same order. */
  readonly unreadable: readonly {
    readonly id: Sha
    readonly source: string
    /** Somebody has said that they have looked at it. */
    readonly isSeen: boolean
    readonly at: string
    readonly archived: ArchivePosition
  }[]
}

const page = 500
const ignoredShown = 200

async function ignored(reader: StoreReader): Promise<StoredStatus['ignored']> {
  const counts = await reader.unroutedCounts()
  const newest = await reader.unroutedSeries(ignoredShown)
  return {
    count: [...counts.values()].reduce((sum, one) => sum + one, 0),
    reasons: Object.fromEntries(counts),
    series: newest.map(({ series, routing, updatedAt }) => ({
      messageId: series.anchor,
      version: versionText(series),
      name: series.name,
      reason: routing,
      updatedAt: updatedAt.toISOString(),
    })),
  }
}

export async function status(store: Store): Promise<StoredStatus> {
  return store.read(async (reader) => {
    const topics = []
    for (let offset = 0; ; offset += page) {
      const found = await reader.topics({ limit: page, offset })
      topics.push(...found)
      if (found.length < page) {
        break
      }
    }
    const quarantine = await quarantinedMails(reader, 1_000)
    return {
      topics: topics.map((topic) => ({
        topic: topic.topic,
        name: topic.name,
        version: topic.version,
        state: topic.state,
        verdict: topic.verdict,
        branch: topic.branch,
        pullRequest: topic.pullRequest,
        updatedAt: topic.updatedAt.toISOString(),
      })),
      jobs: await reader.jobCounts(),
      outbox: await reader.outboxCounts(),
      quarantine: quarantine.map(({ source, location, code, message }) => ({
        source: `${source} ${location}`,
        code,
        message,
      })),
      unreadable: quarantine.map(({ blob, source, location, at, position, seen }) => ({
        id: blob,
        source: `${source} ${location}`,
        isSeen: seen !== null,
        at: at.toISOString(),
        archived: position,
      })),
      ignored: await ignored(reader),
    }
  })
}

import type { Decision } from '../../core/decision.ts'
import type { MessageId, Sha } from '../../core/ids.ts'
import type { ApplicationRecord, SeriesRecord, StoredMessage } from '../../core/records.ts'
import { ownMails, versionText } from '../../core/series/series.ts'
import type { Topic, TopicState } from '../../core/topic/topic.ts'
import { isNewestOf } from '../../core/topic/version-order.ts'
import type { StoreReader, StoreTransaction } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import { formerTopics, readCorrections } from './corrections.ts'
import { isWithdrawn } from './is-withdrawn.ts'
import { updateTopic } from './refresh-topic.ts'

/** What is known of a series when its turn comes. */
export interface Situation {
  readonly record: SeriesRecord
  readonly topic: Topic
  readonly version: string
  readonly mails: readonly StoredMessage[]
  readonly applications: readonly ApplicationRecord[]
  /** How exactly these mails were applied while they belonged to other topics, oldest first. */
  readonly elsewhere: readonly ApplicationRecord[]
  readonly isNewest: boolean
  readonly isWithdrawn: boolean
  /** Pinned to a head, whatever topic it is of. */
  readonly approvals: readonly { readonly head: Sha; readonly by: string }[]
}

async function appliedElsewhere(
  { series, topic, digest, project }: SeriesRecord,
  reader: StoreReader,
): Promise<readonly ApplicationRecord[]> {
  const former = await formerTopics(series, topic, await readCorrections(reader), reader)
  const found: ApplicationRecord[] = []
  for (const other of former) {
    const applications = await reader.applications(other)
    found.push(
      ...applications.filter(
        (one) =>
          one.digest === digest && one.project === project && one.application.outcome === 'applied',
      ),
    )
  }
  return found
}

/** Looks up a series by its anchor; null where there is nothing to publish: gone, incomplete or silent. */
export async function lookAtSeries(anchor: MessageId, ports: FlowPorts): Promise<Situation | null> {
  return ports.store.read(async (reader) => {
    const record = await reader.seriesByAnchor(anchor)
    const topic = record === null ? null : await reader.topic(record.topic)
    if (record === null || topic === null || !record.series.complete || record.isSilent) {
      return null
    }
    const version = versionText(record.series)
    const versions = await reader.seriesOfTopic(record.topic)
    const approvals = await reader.humanDecisions('approve')
    return {
      record,
      topic,
      version,
      mails: await reader.messages(ownMails(record.series)),
      applications: await reader.applications(record.topic),
      elsewhere: await appliedElsewhere(record, reader),
      isNewest: isNewestOf(
        version,
        versions.map(({ series }) => versionText(series)),
      ),
      isWithdrawn: await isWithdrawn(record.topic, version, reader),
      approvals: approvals.map(({ by, decision }) => ({ by, head: decision.head })),
    }
  })
}

/** A decision about this series, for `explain`. */
export function decisionOf(
  situation: Situation,
  ports: FlowPorts,
  step: Decision['step'],
  rule: string,
  inputs: Decision['inputs'],
  result: string,
): Decision {
  const { record, version } = situation
  return {
    at: ports.clock(),
    messageId: record.series.anchor,
    topic: record.topic,
    version,
    step,
    rule,
    inputs,
    result,
  }
}

/** Says where the topic stands, unless a newer version speaks for it. */
export async function setState(
  situation: Situation,
  change: Partial<Topic> & { readonly state: TopicState },
  ports: FlowPorts,
  tx: StoreTransaction,
): Promise<void> {
  if (situation.isNewest) {
    await updateTopic(situation.record.topic, { verdict: null, ...change }, ports, tx)
  }
}

/** Whether this application is of exactly these mails. */
export function sameSeries(situation: Situation, record: ApplicationRecord): boolean {
  return record.version === situation.version && record.digest === situation.record.digest
}

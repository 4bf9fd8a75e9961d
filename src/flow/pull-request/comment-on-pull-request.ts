import type { TopicId } from '../../core/ids.ts'
import type { ClosingReason } from '../../core/pull-request/desired-pull-request.ts'
import type { PullRequestRecord } from '../../core/pull-request/pull-request-record.ts'
import type {
  BlockedVersion,
  Closing,
  PullRequestStory,
} from '../../core/pull-request/pull-request-story.ts'
import type { ApplicationRecord, SeriesRecord } from '../../core/records.ts'
import { versionText } from '../../core/series/series.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { appliedHead } from '../publish/push-application.ts'
import { listOf } from '../report/build-report.ts'
import type { PullRequestLook, ShownVersion } from './look-at-pull-request.ts'
import { textOf } from './tell-pull-request.ts'

/** A comment of ours; one key is one comment, ever. */
export interface KeyedComment {
  readonly key: string
  readonly body: string
}

type Writing = Pick<FlowPorts, 'pullRequestWriter'>

/** What the comment on a closing is known by, whatever version it is of. */
export function closingKeyStart(topic: TopicId): string {
  return `${topic}/closed/`
}

export function closingComment(
  known: PullRequestRecord,
  reason: ClosingReason,
  { topic, shown, withdrawal, successor, decisions }: PullRequestLook,
  ports: Writing,
): KeyedComment {
  const merged = decisions.findLast(({ rule }) => rule === 'merged')?.inputs['branch']
  const closing: Closing = {
    reason,
    branch: typeof merged === 'string' ? (merged as Closing['branch']) : null,
    why: withdrawal,
    successor,
  }
  const version = shown?.application.version ?? known.version
  return {
    key: `${closingKeyStart(topic.topic)}${reason}/v${version}`,
    body: ports.pullRequestWriter.closing(closing),
  }
}

function shareMails(one: ApplicationRecord, other: ApplicationRecord): boolean {
  const mails = new Set(one.application.commits.map(({ messageId }) => messageId))
  return other.application.commits.some(({ messageId }) => mails.has(messageId))
}

/** The series that was applied so; null where it is gone. */
async function recordOf(
  { topic, digest }: ApplicationRecord,
  { store }: Pick<FlowPorts, 'store'>,
): Promise<SeriesRecord | null> {
  const versions = await store.read((reader) => reader.seriesOfTopic(topic))
  return versions.find((one) => one.digest === digest) ?? null
}

/** On the version that moved the pull request; null where it shows what it showed before. */
export async function versionComment(
  known: PullRequestRecord,
  { application, head, record }: ShownVersion,
  story: PullRequestStory,
  applications: PullRequestLook['applications'],
  { git, forge }: ProjectPorts,
  ports: Writing & Pick<FlowPorts, 'store' | 'archive' | 'parse'>,
  signal: AbortSignal,
): Promise<KeyedComment | null> {
  if (known.head === head) {
    return null
  }
  const before = applications.findLast((one) => appliedHead(one) === known.head)
  const rangeDiff =
    before === undefined
      ? null
      : await git.rangeDiff(
          { base: before.base, head: known.head },
          { base: application.base, head },
          signal,
        )
  const { list, version, anchor, tested } = story
  const isOtherSeries =
    before !== undefined && known.version === version && !shareMails(before, application)
  const earlier = before === undefined || isOtherSeries ? null : await recordOf(before, ports)
  const isCoverChanged =
    earlier !== null &&
    earlier.series.cover !== null &&
    record.series.cover !== null &&
    (await textOf(earlier, ports, signal)) !== story.text
  const news = {
    list,
    version,
    anchor,
    tested,
    previous: known.version,
    isOtherSeries,
    isCoverChanged,
    rangeDiff,
  }
  return {
    key: `${application.topic}/v${version}-${application.n ?? 0}/range-diff`,
    body: ports.pullRequestWriter.newVersion(news, forge.capabilities.maxBodyLength),
  }
}

const blockedStates: ReadonlySet<string> = new Set<BlockedVersion['state']>([
  'conflict',
  'base-missing',
  'held',
  'problem',
])

function isBlockedState(state: string): state is BlockedVersion['state'] {
  return blockedStates.has(state)
}

/** On a newer version that cannot be shown, or not yet; null where there is none. */
export function blockedComment(
  { topic, shown, blocked }: PullRequestLook,
  { project }: ProjectPorts,
  ports: Writing,
): KeyedComment | null {
  const list = blocked === null ? null : listOf(blocked.record, project)
  if (blocked === null || shown === null || list === null || !isBlockedState(topic.state)) {
    return null
  }
  const { record, application } = blocked
  const version = versionText(record.series)
  const conflict =
    application?.application.outcome === 'conflict' ? application.application.conflict : null
  const head = application === null ? null : appliedHead(application)
  const body = ports.pullRequestWriter.blocked({
    list,
    version,
    anchor: record.series.anchor,
    state: topic.state,
    shown: shown.application.version,
    conflict,
    holds: application?.holds ?? [],
    head: topic.state === 'held' ? head : null,
  })
  const what = head ?? application?.base ?? 'none'
  return { key: `${topic.topic}/v${version}/${topic.state}/${what}`, body }
}

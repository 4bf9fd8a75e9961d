import type { Config } from '../../config/config.ts'
import type { Sha, TopicId } from '../../core/ids.ts'
import type { ApplicationRecord, SeriesRecord } from '../../core/records.ts'
import type { TopicState } from '../../core/topic/topic.ts'
import type { StoreReader } from '../../store/store.ts'

/** What would become of one version, as far as that can be known without its tests. */
export interface DrySeries {
  readonly type: 'series'
  readonly topic: TopicId
  readonly name: string
  readonly version: string
  readonly submitter: string
  readonly messageId: string
  readonly patches: number
  /** Null where no project takes it; `reason` says why. */
  readonly project: string | null
  readonly outcome:
    | 'published'
    | 'held'
    | 'conflict'
    | 'empty'
    | 'base-missing'
    | 'incomplete'
    | 'unrouted'
    | 'problem'
    | 'waiting'
  /** What holds it, keeps it, or routed it; a sentence. */
  readonly reason: string
  readonly base: Sha | null
  readonly baseRule: string | null
  readonly baseBranch: string | null
  readonly head: Sha | null
  /** Where the head would be pushed; null where nothing would be. */
  readonly branch: string | null
  readonly placement: string | null
  /** Null where none would be opened. */
  readonly pullRequest: { readonly number: number; readonly base: string | null } | null
  /** Kind of the mail about it, but for what tests say; null where there is none. */
  readonly report: string | null
  /** Why there is none, a sentence; null where there is one, and where tests have to tell. */
  readonly unreported: string | null
}

function versionOf({ series }: SeriesRecord): string {
  return series.minor === 0 ? `${series.version}` : `${series.version}.${series.minor}`
}

type Judged = Pick<DrySeries, 'outcome' | 'reason'>

function judgeWithout(record: SeriesRecord, state: TopicState | null): Judged {
  const { series, project, routing } = record
  const [problem] = series.problems
  if (project === null) {
    return { outcome: 'unrouted', reason: routing }
  }
  if (!series.complete) {
    const reason = `missing: ${series.missing.join(', ') || 'nobody knows how many there are'}`
    return { outcome: 'incomplete', reason }
  }
  if (state === 'base-missing') {
    return { outcome: 'base-missing', reason: 'no commit is known that it applies to' }
  }
  return problem === undefined
    ? { outcome: 'waiting', reason: 'a newer version came before it was its turn' }
    : { outcome: 'problem', reason: problem.message }
}

function judgeApplied({ application, holds, baseRule, publishedAt }: ApplicationRecord): Judged {
  if (application.outcome === 'conflict') {
    const { number, paths } = application.conflict
    return { outcome: 'conflict', reason: `patch ${number} does not apply: ${paths.join(', ')}` }
  }
  if (publishedAt === null && holds.length > 0) {
    return { outcome: 'held', reason: holds.join('; ') }
  }
  return application.outcome === 'empty'
    ? { outcome: 'empty', reason: 'its base has every patch' }
    : { outcome: 'published', reason: `base by the rule ${baseRule}` }
}

async function seriesOf(
  topic: TopicId,
  config: Config,
  reader: StoreReader,
): Promise<readonly DrySeries[]> {
  const found = await reader.topic(topic)
  const applications = await reader.applications(topic)
  const reported = await reportsOf(topic, reader)
  const [pull] = (await reader.pullRequests({ topic })).toReversed()
  return (await reader.seriesOfTopic(topic)).map((record) => {
    const version = versionOf(record)
    const applied = applications.findLast((one) => one.version === version) ?? null
    const judged =
      applied === null ? judgeWithout(record, found?.state ?? null) : judgeApplied(applied)
    const isPublished = judged.outcome === 'published'
    const project = config.projects.find(({ name }) => name === record.project)
    return {
      type: 'series',
      topic,
      name: record.series.name,
      version,
      submitter: record.series.submitter.address,
      messageId: record.series.anchor,
      patches: record.series.patches.length,
      project: record.project,
      ...judged,
      base: applied?.base ?? null,
      baseRule: applied?.baseRule ?? null,
      baseBranch: applied?.baseBranch ?? null,
      head:
        applied === null || applied.application.outcome === 'conflict'
          ? null
          : applied.application.head,
      branch: isPublished ? (found?.branch ?? null) : null,
      placement: isPublished ? (project?.placement ?? null) : null,
      pullRequest:
        isPublished && pull !== undefined
          ? { number: pull.number, base: pull.written.baseRef }
          : null,
      ...(isPublished ? { report: null, unreported: null } : reported(version)),
    }
  })
}

type Reported = Pick<DrySeries, 'report' | 'unreported'>

/** What is mailed about each version of a topic, and of those without why. */
async function reportsOf(
  topic: TopicId,
  reader: StoreReader,
): Promise<(version: string) => Reported> {
  const mails = await reader.outbox({ topic, limit: 1_000 })
  const decisions = (await reader.decisions({ topic })).filter(({ step }) => step === 'report')
  return (version) => {
    const mail = mails.find((one) => one.version === version && one.state !== 'dropped')
    const decided = decisions.findLast((one) => one.version === version)
    return {
      report: mail?.kind ?? null,
      unreported: mail === undefined ? (decided?.result ?? null) : null,
    }
  }
}

/** Every version that was found, by when its topic began. */
export async function allSeries(
  config: Config,
  reader: StoreReader,
): Promise<readonly DrySeries[]> {
  const topics = await reader.topics({ limit: 100_000, offset: 0 })
  const unrouted = await reader.unroutedSeries(100_000)
  const ids = new Set([...topics, ...unrouted].map(({ topic }) => topic))
  const found: { readonly at: Date; readonly lines: readonly DrySeries[] }[] = []
  for (const topic of ids) {
    const [first] = await reader.seriesOfTopic(topic)
    found.push({
      at: first?.series.startedAt ?? new Date(0),
      lines: await seriesOf(topic, config, reader),
    })
  }
  return found.toSorted((a, b) => a.at.getTime() - b.at.getTime()).flatMap(({ lines }) => lines)
}

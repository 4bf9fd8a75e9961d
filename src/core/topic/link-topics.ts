import { disjointSets } from '../disjoint-sets.ts'
import { groupBy } from '../group-by.ts'
import { type TopicId, toTopicId } from '../ids.ts'
import { linkReader } from '../series/corrections.ts'
import { compareText } from '../series/message-order.ts'
import type { Corrections, LinkedSeries, LinkRule, Series } from '../series/series.ts'
import { compareVersions, isLaterVersion } from './compare-versions.ts'
import { type Linkable, linkTests, strongestVersion, toLinkable } from './link-rules.ts'

/** The series that `series` is the next version of, and the rule that says so. */
interface Link {
  readonly older: Series
  readonly rule: LinkRule
}

/** Everything by which a series may be found as the older version of another. */
function handlesOf({ series, mails, stem, stems, patchIds }: Linkable): readonly string[] {
  const author = series.submitter.address.trim().toLowerCase()
  return [
    ...[...mails].map((id) => `mail ${id}`),
    ...(series.changeId === null ? [] : [`change-id ${series.changeId}`]),
    ...[...new Set([stem, ...stems])].map((title) => `title ${author} ${title}`),
    ...[...patchIds].map((patchId) => `diff ${author} ${patchId}`),
  ]
}

/** The links that the rules find; `isOpen` says for which series they may look. */
function findLinks(
  all: readonly Series[],
  isOpen: (series: Series) => boolean,
): ReadonlyMap<Series, Link> {
  const linkables = all.map(toLinkable)
  const byHandle = groupBy(
    linkables.flatMap((one) => handlesOf(one).map((handle) => ({ handle, one }))),
    ({ handle }) => handle,
  )
  const links = new Map<Series, Link>()
  for (const one of linkables.filter(({ series }) => isOpen(series))) {
    const named = [...one.series.answers, ...one.series.supersedes].map((id) => `mail ${id}`)
    const related = new Set<Linkable>()
    for (const handle of [...handlesOf(one), ...named]) {
      for (const found of byHandle.get(handle) ?? []) {
        related.add(found.one)
      }
    }
    related.delete(one)
    const before = [...related].filter(({ series }) => compareVersions(series, one.series) < 0)
    for (const test of linkTests) {
      const found = strongestVersion(one, test.isExplicit ? related : before, test)
      if (found !== undefined) {
        links.set(one.series, { older: found.series, rule: test.rule })
        break
      }
    }
  }
  return links
}

const dateProblem = 'dated-before-older-version'

/** Versions are ordered by number; where the dates say otherwise somebody should know. */
function withDateProblem(series: Series, older: Series | undefined): Series {
  const problems = series.problems.filter(({ code }) => code !== dateProblem)
  const isEarly =
    older !== undefined &&
    isLaterVersion(series, older) &&
    series.startedAt.getTime() < older.startedAt.getTime()
  if (!isEarly) {
    return problems.length === series.problems.length ? series : { ...series, problems }
  }
  const message = `its mails are dated before those of ${older.anchor}, an older version`
  return { ...series, problems: [...problems, { code: dateProblem, message }] }
}

function startOf(versions: readonly Series[]): number {
  return Math.min(...versions.map(({ startedAt }) => startedAt.getTime()))
}

function compareFirst(one: readonly Series[], other: readonly Series[]): number {
  return compareText(one[0]?.anchor ?? '', other[0]?.anchor ?? '')
}

/** The topic that something outside the rules gives `series`, or the version it follows, and so on. */
function inheritedTopic(
  series: Series,
  links: ReadonlyMap<Series, Link>,
  given: (series: Series) => TopicId | null,
): TopicId | null {
  const seen = new Set<Series>()
  for (let at: Series | undefined = series; at && !seen.has(at); at = links.get(at)?.older) {
    const topic = given(at)
    if (topic !== null) {
      return topic
    }
    seen.add(at)
  }
  return null
}

/** The topic of each series, by what is given and by the links. */
function nameTopics(
  inOrder: readonly Series[],
  links: ReadonlyMap<Series, Link>,
  given: (series: Series) => TopicId | null,
): ReadonlyMap<Series, TopicId> {
  const sets = disjointSets<Series>()
  for (const [series, { older }] of links) {
    sets.join(series, older)
  }
  const groups = groupBy(inOrder, (series) => sets.find(series))
  return new Map(
    [...groups.values()].flatMap((versions) => {
      const own = versions[0] === undefined ? [] : [toTopicId(versions[0].anchor)]
      const [topic] = [...versions.flatMap((version) => given(version) ?? []), ...own]
      return versions.flatMap((version) => {
        const name = inheritedTopic(version, links, given) ?? topic
        return name === undefined ? [] : [[version, name] as const]
      })
    }),
  )
}

/**
 * Joins versions to topics: change-id, supersedes, reply to an older version, author and patch-id overlap, author and
 * titles, in this order; what a person said comes before all, and what follows such a series by rule goes along. `fixed` says which topic a series was published under:
 * ids of published topics never change. A topic is named by its earliest version, by number. Sorted by the start of
 * the topic, then by version; any order of input gives the same result.
 */
export function linkTopics(
  series: readonly Series[],
  fixed: (series: Series) => TopicId | null,
  corrections: Corrections,
): readonly LinkedSeries[] {
  const saidOf = linkReader(corrections)
  const [only] = series
  if (only !== undefined && series.length === 1 && !saidOf(only)?.topic) {
    const topic = fixed(only) ?? toTopicId(only.anchor)
    return [{ series: withDateProblem(only, undefined), topic, linkedBy: null }]
  }
  const inOrder = series.toSorted(compareVersions)
  const said = new Map(inOrder.map((one) => [one, saidOf(one)?.topic ?? null]))
  const links = findLinks(inOrder, (one) => !said.get(one))
  const topics = nameTopics(inOrder, links, (one) => said.get(one) ?? fixed(one))
  const byTopic = groupBy(inOrder, (one) => topics.get(one) ?? toTopicId(one.anchor))
  return [...byTopic]
    .toSorted(([, one], [, other]) => startOf(one) - startOf(other) || compareFirst(one, other))
    .flatMap(([topic, versions]) =>
      versions.map((version, at): LinkedSeries => {
        const link = links.get(version)
        const follows = link !== undefined && topics.get(link.older) === topic
        const isMoved = said.get(version) === topic && topic !== toTopicId(version.anchor)
        return {
          series: withDateProblem(version, follows ? link.older : undefined),
          topic,
          linkedBy: isMoved ? 'manual' : at > 0 && follows ? link.rule : null,
        }
      }),
    )
}

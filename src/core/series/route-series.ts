import type { Message } from '../message.ts'
import { lastGlob } from '../path-glob.ts'
import type { MailingList, Project } from '../project.ts'

/** By what a project took a series, or why none did. */
export type RouteRule =
  | 'prefix'
  | 'topic'
  | 'paths'
  | 'list'
  | 'no-list'
  | 'ignored-prefix'
  | 'no-project'

export interface Route {
  readonly project: Project | null
  /** The list it is reported on: the first configured one that carries it. */
  readonly list: MailingList | null
  readonly rule: RouteRule
  /** Why this project, or why none: one sentence. */
  readonly reason: string
  /** How many of the files it changes are of each project, by name; only where that was asked. */
  readonly shares: Readonly<Record<string, number>>
}

/** What is known of a series that looks for its project. */
export interface Arrival {
  /** The mail that names it. */
  readonly message: Pick<Message, 'listIds' | 'to' | 'cc'>
  /** That brought this mail. */
  readonly sources: readonly string[]
  readonly prefixes: readonly string[]
  /** Files that its patches change, old names and new ones. */
  readonly paths: readonly string[]
  /** Name of the project that took an earlier version of its topic; null where none did. */
  readonly topicOf: string | null
}

/** Says what kind of mail it is, and names no tree. */
const noteWord = /^(?:RFC|RESEND|REPOST|RFT|WIP|PULL|GIT)$/i

interface Fed {
  readonly project: Project
  readonly list: MailingList
}

/** Whether `list` carries a mail: by the source that brought it, its List-Id, or an address in To or Cc, now or formerly. */
export function carries(
  list: MailingList,
  message: Pick<Message, 'listIds' | 'to' | 'cc'>,
  sources: readonly string[],
): boolean {
  const { listId, formerListIds = [], formerAddresses = [] } = list
  const ids = listId === null ? formerListIds : [listId, ...formerListIds]
  const addresses = [list.address, ...formerAddresses].map((address) => address.toLowerCase())
  return (
    list.sources.some((source) => sources.includes(source)) ||
    ids.some((id) => message.listIds.includes(id)) ||
    [...message.to, ...message.cc].some(({ address }) => addresses.includes(address.toLowerCase()))
  )
}

/** The first of `prefixes` that is one of `words`, whole and in any letter case: `bpf-next/net` is not `net`. */
function matched(words: readonly string[] | null, prefixes: readonly string[]): string | null {
  const wanted = new Set(words?.map((word) => word.toLowerCase()))
  return prefixes.find((prefix) => wanted.has(prefix.toLowerCase())) ?? null
}

function nobody(rule: RouteRule, reason: string, shares: Route['shares'] = {}): Route {
  return { project: null, list: null, rule, reason, shares }
}

function names(fed: readonly Fed[]): string {
  return fed.map(({ project }) => project.name).join(', ')
}

/** Takes every series that nobody else claims. */
function isOpen({ project }: Fed): boolean {
  return project.prefixes === null && project.paths === null
}

/**
 * Each file counts for every project whose paths match it, one that no project claims for the first that takes
 * everything. Where the subject names a tree that is nobody's here, projects that ask for prefixes claim nothing.
 */
function countShares(fed: readonly Fed[], arrival: Arrival): ReadonlyMap<Fed, number> {
  const namesTree = arrival.prefixes.some((word) => !noteWord.test(word))
  const claims = fed.flatMap((one) => {
    const { paths, prefixes } = one.project
    return paths === null || (namesTree && prefixes !== null)
      ? []
      : [{ one, takes: lastGlob(paths) }]
  })
  const open = fed.find(isOpen)
  const counts = new Map<Fed, number>()
  for (const path of new Set(arrival.paths)) {
    const takers = claims.filter(({ takes }) => takes(path)).map(({ one }) => one)
    for (const taker of takers.length === 0 && open !== undefined ? [open] : takers) {
      counts.set(taker, (counts.get(taker) ?? 0) + 1)
    }
  }
  return counts
}

/** The project that has most of the files; of several the first that claims them by paths, as they are configured. */
function routeByPaths(fed: readonly Fed[], arrival: Arrival): Route | null {
  const counts = countShares(fed, arrival)
  const ranked = fed
    .filter((one) => counts.has(one))
    .toSorted(
      (a, b) =>
        (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || Number(isOpen(a)) - Number(isOpen(b)),
    )
  const [best, ...others] = ranked
  if (best === undefined) {
    return null
  }
  const shares = Object.fromEntries(
    ranked.map((one) => [one.project.name, counts.get(one) ?? 0] as const),
  )
  const total = new Set(arrival.paths).size
  const files = `${counts.get(best) ?? 0} of the ${total} files it changes`
  const also = others.length === 0 ? '' : `; it changes files of ${names(others)} too`
  const whose = isOpen(best) ? `are of no other project` : `are its own`
  return {
    ...best,
    rule: 'paths',
    reason: `list ${best.list.name}, ${files} ${whose}${also}`,
    shares,
  }
}

/** Projects fed by a list that carries the series, each with the first such list; or why there is none. */
function findFed(projects: readonly Project[], arrival: Arrival): readonly Fed[] | Route {
  const { message, sources, prefixes } = arrival
  const carriers = projects.flatMap((project) =>
    project.lists
      .filter((list) => carries(list, message, sources))
      .map((list) => ({ project, list })),
  )
  const fed = carriers.filter(({ list }) => matched(list.ignoredPrefixes, prefixes) === null)
  if (fed.length > 0) {
    const firsts = new Map(fed.toReversed().map((one) => [one.project, one]))
    return projects.flatMap((project) => firsts.get(project) ?? [])
  }
  const [ignoring] = carriers
  return ignoring === undefined
    ? nobody('no-list', 'no configured list carries it')
    : nobody(
        'ignored-prefix',
        `list ${ignoring.list.name} ignores the subject prefix ${matched(ignoring.list.ignoredPrefixes, prefixes)}`,
      )
}

/** By files, else to whoever takes everything. */
function routeByRule(fed: readonly Fed[], arrival: Arrival): Route {
  const looksAtFiles = fed.some(({ project }) => project.paths !== null)
  const byPaths = looksAtFiles ? routeByPaths(fed, arrival) : null
  if (byPaths !== null) {
    return byPaths
  }
  const open = fed.find(isOpen)
  if (open !== undefined) {
    return { ...open, rule: 'list', reason: `list ${open.list.name}`, shares: {} }
  }
  const claims = looksAtFiles ? 'neither subject prefix nor files' : 'no subject prefix'
  return nobody('no-project', `${claims} of ${names(fed)}`)
}

function routeAmong(fed: readonly Fed[], arrival: Arrival): Route {
  for (const one of fed) {
    const prefix = matched(one.project.prefixes, arrival.prefixes)
    if (prefix !== null) {
      const reason = `list ${one.list.name}, subject prefix ${prefix}`
      return { ...one, rule: 'prefix', reason, shares: {} }
    }
  }
  const byRule = routeByRule(fed, arrival)
  const known = fed.find(({ project }) => project.name === arrival.topicOf)
  if (known === undefined || known.project === byRule.project) {
    return byRule
  }
  const reason = `list ${known.list.name}, as an earlier version of its topic`
  return { ...known, rule: 'topic', reason, shares: byRule.shares }
}

/**
 * Which project takes a series. Of those fed by a list that carries it and does not ignore it: the first one with a
 * prefix that the subject names (whole words), else the one that took an earlier version of its topic, else the one that
 * has most of the files it changes, else the first that asks for neither prefix nor files.
 */
export function routeSeries(projects: readonly Project[], arrival: Arrival): Route {
  const fed = findFed(projects, arrival)
  return 'rule' in fed ? fed : routeAmong(fed, arrival)
}

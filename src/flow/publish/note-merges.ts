import type { RefName, Sha } from '../../core/ids.ts'
import type { ApplicationRecord, SeriesRecord } from '../../core/records.ts'
import type { TopicState } from '../../core/topic/topic.ts'
import type { StoreTransaction } from '../../store/store.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { fileReport, prepareReport } from '../report/report-outcome.ts'
import { fixTopic } from '../series/fix-topic.ts'
import { applicationOf } from '../series/refresh-topic.ts'
import { decisionOf, lookAtSeries, type Situation, setState } from '../series/series-situation.ts'

/** Where a merge is news. */
const openStates: readonly TopicState[] = [
  'waiting',
  'held',
  'conflict',
  'base-missing',
  'testing',
  'success',
  'failure',
  'error',
  'no-checks',
  'problem',
]

/** How many open topics are looked at where nobody knows what of a branch was seen, those that changed last first. */
const maxTopics = 1_000

/** Patch-ids asked for in one query. */
const idsAtOnce = 500

interface Candidate {
  readonly situation: Situation
  readonly application: ApplicationRecord
  readonly patchIds: readonly string[]
}

export interface SeenTip {
  readonly branch: RefName
  readonly tip: Sha
}

function cursorName(project: string, branch: RefName): string {
  return `merged:${project}:${branch}`
}

/** Up to where these branches were searched for merged series: part of what the job stores at its end. */
export async function rememberTips(
  project: string,
  tips: readonly SeenTip[],
  tx: StoreTransaction,
): Promise<void> {
  for (const { branch, tip } of tips) {
    await tx.saveCursor(cursorName(project, branch), tip)
  }
}

/** After a rebuild series become known one after the other: one search is for all of them. */
const searchAgainAfterMs = 10_000

/**
 * Has the branches searched anew from the bases of the open series on, for a series that was not known when they moved: soon, or
 * at the next start.
 */
export async function searchAgain(
  project: string,
  branches: readonly RefName[],
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<void> {
  for (const branch of branches) {
    await tx.saveCursor(cursorName(project, branch), '')
  }
  const at = new Date(ports.clock().getTime() + searchAgainAfterMs)
  await tx.enqueue('refresh', project, at, 'postpone')
}

/** Null unless it is the newest, complete version of an open topic, was applied, and each of its patches has a patch-id. */
async function candidateOf(
  record: SeriesRecord,
  project: string,
  ports: FlowPorts,
): Promise<Candidate | null> {
  const situation = await lookAtSeries(record.series.anchor, ports)
  if (
    situation === null ||
    !situation.isNewest ||
    situation.isWithdrawn ||
    situation.record.project !== project ||
    !openStates.includes(situation.topic.state)
  ) {
    return null
  }
  const { patches } = situation.record.series
  const application = applicationOf(situation.record, situation.applications)
  const patchIds = patches.flatMap(({ patchId }) => (patchId === null ? [] : [patchId]))
  return application === null || patches.length === 0 || patchIds.length < patches.length
    ? null
    : { situation, application, patchIds }
}

async function candidatesAmong(
  records: readonly SeriesRecord[],
  project: string,
  ports: FlowPorts,
): Promise<readonly Candidate[]> {
  const found = new Map<string, Candidate>()
  for (const record of records) {
    const candidate = found.has(record.topic) ? null : await candidateOf(record, project, ports)
    if (candidate !== null) {
      found.set(record.topic, candidate)
    }
  }
  return [...found.values()]
}

async function holdersOf(
  ids: readonly string[],
  ports: FlowPorts,
): Promise<readonly SeriesRecord[]> {
  const records: SeriesRecord[] = []
  for (let from = 0; from < ids.length; from += idsAtOnce) {
    const some = ids.slice(from, from + idsAtOnce)
    records.push(...(await ports.store.read((reader) => reader.seriesWithPatches(some))))
  }
  return records
}

async function openSeries(project: string, ports: FlowPorts): Promise<readonly SeriesRecord[]> {
  return ports.store.read(async (reader) => {
    const topics = await reader.topics({ project, states: openStates, limit: maxTopics, offset: 0 })
    const records: SeriesRecord[] = []
    for (const { topic } of topics) {
      const newest = (await reader.seriesOfTopic(topic)).at(-1)
      records.push(...(newest === undefined ? [] : [newest]))
    }
    return records
  })
}

function hasAll(ids: ReadonlySet<string>, { patchIds }: Candidate): boolean {
  return patchIds.every((id) => ids.has(id))
}

/** Those of which the last patches came to the branch since `seen`. */
async function mergedSince(
  seen: Sha,
  tip: Sha,
  { project, git }: ProjectPorts,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const fresh = new Set(await git.patchIds({ base: seen, head: tip }, signal))
  const candidates = await candidatesAmong(await holdersOf([...fresh], ports), project.name, ports)
  const merged: Candidate[] = []
  for (const candidate of candidates) {
    const { base } = candidate.application
    const isWhole =
      hasAll(fresh, candidate) ||
      hasAll(new Set(await git.patchIds({ base, head: tip }, signal)), candidate)
    merged.push(...(isWhole ? [candidate] : []))
  }
  return merged
}

/** Those that came to the branch since the oldest of their bases. */
async function mergedSinceBases(
  tip: Sha,
  { project, git }: ProjectPorts,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const open = await openSeries(project.name, ports)
  const candidates = await candidatesAmong(open, project.name, ports)
  const bases: { readonly base: Sha; readonly at: Date }[] = []
  for (const base of new Set(candidates.map(({ application }) => application.base))) {
    if ((await git.resolve(`${base}^{commit}`)) !== null) {
      bases.push({ base, at: await git.committedAt(base) })
    }
  }
  const first = bases.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0]
  if (first === undefined) {
    return []
  }
  const ids = new Set(await git.patchIds({ base: first.base, head: tip }, signal))
  return candidates.filter((candidate) => hasAll(ids, candidate))
}

async function noteMerge(
  { situation, application }: Candidate,
  { branch, tip }: SeenTip,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const { record } = situation
  await fixTopic(record, ports, signal)
  const applied = application.application.outcome === 'applied' ? application : null
  const mergedIn = { base: tip, branch }
  const prepared = await prepareReport(
    { kind: 'merged', record, application: applied, mergedIn },
    ports,
    signal,
  )
  await ports.store.transaction(async (tx) => {
    const { verdict } = situation.topic
    await setState(situation, { state: 'merged', verdict }, ports, tx)
    const result = `every patch is on ${branch}, which is at ${tip}`
    await tx.addDecision(
      decisionOf(situation, ports, 'publish', 'merged', { branch, commit: tip }, result),
    )
    await fileReport(prepared, ports, tx)
  })
}

/**
 * Finds the open series all of whose patches have come to one of these branches since they were last searched, by
 * patch-id: their topics are `merged`, and that is reported by policy. Returns what `rememberTips` is to store.
 */
export async function noteMerges(
  branches: readonly RefName[],
  project: ProjectPorts,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<readonly SeenTip[]> {
  const { git } = project
  const tips: SeenTip[] = []
  for (const branch of branches) {
    const tip = await git.resolve(branch)
    const name = cursorName(project.project.name, branch)
    const cursor = await ports.store.read((reader) => reader.cursor(name))
    if (tip === null || cursor === tip) {
      continue
    }
    const seen = cursor === null || cursor === '' ? null : await git.resolve(`${cursor}^{commit}`)
    const merged =
      seen === null
        ? await mergedSinceBases(tip, project, ports, signal)
        : await mergedSince(seen, tip, project, ports, signal)
    for (const candidate of merged) {
      await noteMerge(candidate, { branch, tip }, ports, signal)
    }
    tips.push({ branch, tip })
  }
  return tips
}

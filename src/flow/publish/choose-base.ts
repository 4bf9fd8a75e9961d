import type { BaseChoice } from '../../core/apply/base-choice.ts'
import { type Dependency, findDependencies, type KnownSeries } from '../../core/apply/dependency.ts'
import { isUnderway, judge } from '../../core/checks/verdict.ts'
import type { Sha } from '../../core/ids.ts'
import type { SeriesRecord } from '../../core/records.ts'
import type { PatchMail } from '../../git/git-engine.ts'
import type { StoreReader } from '../../store/store.ts'
import { rememberedChecks } from '../checks/look-at-checks.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { namedBy } from './built-on.ts'

/** What the series says it is built on, as far as it is known here. */
async function dependenciesOf(
  record: SeriesRecord,
  reader: StoreReader,
): Promise<readonly Dependency[]> {
  const { series, project } = record
  const known: KnownSeries[] = []
  for (const other of await namedBy(record, reader)) {
    const published = (await reader.applications(other.topic)).findLast(
      (one) => one.publishedAt !== null && one.digest === other.digest && one.project === project,
    )
    const range =
      published?.application.outcome === 'applied'
        ? { base: published.base, head: published.application.head }
        : null
    known.push({ series: other.series, range })
  }
  return findDependencies(series, known)
}

/** Walks the base ladder for one series; `given` overrides it. */
export async function chooseBase(
  record: SeriesRecord,
  patches: readonly PatchMail[],
  given: Sha | null,
  serving: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'bot' | 'clock'>,
  signal: AbortSignal,
): Promise<BaseChoice> {
  const { project, git, mirror, upstream } = serving
  async function isGreen(commit: Sha): Promise<boolean> {
    const checks = await rememberedChecks(
      commit,
      (known) => known.some(isUnderway),
      serving,
      ports,
      signal,
    )
    return judge({ sha: commit, checks, baseChecks: [], expected: [] }).state === 'success'
  }
  return git.chooseBase(
    {
      given,
      baseCommit: record.series.baseCommit,
      dependencies: await ports.store.read((reader) => dependenciesOf(record, reader)),
      prefixes: record.series.prefixes,
      prefixBranches: project.prefixBranches,
      branches: project.branches,
      patches,
      committer: ports.bot,
      remotes: upstream === null ? [mirror] : [upstream, mirror],
      ...(project.usesGreenBase ? { isGreen } : {}),
    },
    signal,
  )
}

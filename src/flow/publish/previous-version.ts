import type { Check } from '../../core/checks/check.ts'
import { judge } from '../../core/checks/verdict.ts'
import type { ApplicationRecord, SeriesRecord } from '../../core/records.ts'
import type { Report } from '../../core/report/report.ts'
import { versionText } from '../../core/series/series.ts'
import { isNewer } from '../../core/topic/version-order.ts'
import type { GitEngine } from '../../git/git-engine.ts'
import type { FlowPorts } from '../ports.ts'
import { whereabouts } from '../series/whereabouts.ts'

/** The newest older version that was applied, and its checks. */
export interface PreviousVersion {
  readonly application: ApplicationRecord
  readonly own: readonly Check[]
  readonly base: readonly Check[]
}

export async function findPrevious(
  record: SeriesRecord,
  application: ApplicationRecord | null,
  ports: Pick<FlowPorts, 'store'>,
): Promise<PreviousVersion | null> {
  const version = application?.version ?? versionText(record.series)
  return ports.store.read(async (reader) => {
    const older: ApplicationRecord[] = []
    for (const one of await reader.applications(record.topic)) {
      if (isNewer(version, one.version) && (await whereabouts(one, reader)) !== 'left') {
        older.push(one)
      }
    }
    const newest = older.reduce<ApplicationRecord | null>(
      (best, one) => (best === null || !isNewer(best.version, one.version) ? one : best),
      null,
    )
    if (newest === null) {
      return null
    }
    const head = newest.application.outcome === 'conflict' ? null : newest.application.head
    return {
      application: newest,
      own: head === null ? [] : await reader.checks(head),
      base: await reader.checks(newest.base),
    }
  })
}

const mostRangeDiff = 20_000

/** What a report says of the version before: its verdict, what was red, and what changed since. */
export async function describePrevious(
  previous: PreviousVersion | null,
  application: ApplicationRecord | null,
  git: GitEngine,
  signal: AbortSignal,
): Promise<Pick<Report, 'previous' | 'rangeDiff'>> {
  if (previous === null) {
    return { previous: null, rangeDiff: null }
  }
  const before = previous.application.application
  const version = previous.application.version
  if (before.outcome === 'conflict') {
    return { previous: { version, verdict: 'conflict' }, rangeDiff: null }
  }
  const verdict = judge({
    sha: before.head,
    checks: previous.own,
    baseChecks: previous.base,
    expected: [],
  })
  const after = application?.application
  const rangeDiff =
    application === null || after === undefined || after.outcome !== 'applied'
      ? null
      : await git.rangeDiff(
          { base: previous.application.base, head: before.head },
          { base: application.base, head: after.head },
          signal,
        )
  return {
    previous: {
      version,
      verdict: verdict.state,
      failedContexts: verdict.failures.map(({ context }) => context),
    },
    rangeDiff: rangeDiff === null ? null : rangeDiff.slice(0, mostRangeDiff),
  }
}

import type { AppliedCommit } from '../../core/apply/application.ts'
import type { Check } from '../../core/checks/check.ts'
import { searchBreak } from '../../core/checks/search-break.ts'
import type { Verdict } from '../../core/checks/verdict.ts'
import type { Sha } from '../../core/ids.ts'
import type { TestPlan } from '../../core/project.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import type { FlowPorts } from '../ports.ts'

export type BreakFound =
  /** The report waits for the test of this commit, until `until`. */
  | { readonly outcome: 'test'; readonly commit: Sha; readonly until: Date }
  | { readonly outcome: 'settled'; readonly brokenBy: AppliedCommit | null }

const notSearched: BreakFound = { outcome: 'settled', brokenBy: null }

/** When the last result came in by which the verdict was known. */
function knownAt(name: string, checks: readonly Check[]): number {
  return Math.max(
    ...checks
      .filter(({ context }) => context === name)
      .map(({ finishedAt }) => finishedAt?.getTime() ?? 0),
  )
}

/**
 * Which patch of a failing series breaks the project's own test, where the project wants to know: from what is known
 * of its commits so far, or the commit that has to be tested next.
 */
export async function findBreak(
  verdict: Verdict,
  { application }: ApplicationRecord,
  checks: readonly Check[],
  plan: TestPlan | null,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
): Promise<BreakFound> {
  const isOurs = verdict.failures.some(
    ({ origin, context }) => origin === 'command' && context === plan?.name,
  )
  if (verdict.state !== 'failure' || plan === null || plan.bisectForMs === null || !isOurs) {
    return notSearched
  }
  const states = await ports.store.read(async (reader) => {
    const known = new Map<Sha, Check>()
    for (const { sha } of application.commits) {
      const own = sha === null ? [] : await reader.checks(sha)
      for (const check of own.filter(({ context }) => context === plan.name)) {
        known.set(check.sha, check)
      }
    }
    return known
  })
  const search = searchBreak(application.commits, (sha) => states.get(sha)?.state ?? null)
  switch (search.outcome) {
    case 'found':
      return { outcome: 'settled', brokenBy: search.commit }
    case 'unknown':
      return notSearched
    case 'test': {
      const until = new Date(knownAt(plan.name, checks) + plan.bisectForMs)
      return until <= ports.clock()
        ? notSearched
        : { outcome: 'test', commit: search.commit, until }
    }
  }
}

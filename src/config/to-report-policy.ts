import type { ReportKind, ReportPolicy } from '../core/project.ts'
import { defaultReportPolicy, forEveryKind } from '../core/report/default-report-policy.ts'
import type { KindKey, ReportSettings } from './schema/reports.ts'

const keyOf: Readonly<Record<ReportKind, KindKey>> = {
  success: 'success',
  failure: 'failure',
  error: 'error',
  'no-checks': 'noChecks',
  conflict: 'conflict',
  damaged: 'damaged',
  'base-missing': 'baseMissing',
  held: 'held',
  problem: 'problem',
  merged: 'merged',
}

/** The policy that these sections make, the first that says something of a key counting; the defaults for the rest. */
export function toReportPolicy(sections: readonly (ReportSettings | undefined)[]): ReportPolicy {
  const given = sections.filter((section) => section !== undefined)
  function first<T>(read: (section: ReportSettings) => T | undefined): T | undefined {
    return given.map(read).find((value) => value !== undefined)
  }
  const standard = defaultReportPolicy(first(({ maintainers }) => maintainers) ?? [])
  const results = first((section) => section.results) ?? null
  const timeZone = first((section) => section.timeZone) ?? 'UTC'
  const from = first(({ quietHours }) => quietHours?.from)
  const to = first(({ quietHours }) => quietHours?.to)
  const weekends = first(({ quietHours }) => quietHours?.weekends) ?? false
  const hasNight = from !== undefined && to !== undefined
  return {
    audience: forEveryKind(
      (kind) => first((section) => section[keyOf[kind]]) ?? standard.audience[kind],
    ),
    timing: forEveryKind(
      (kind) => first(({ when }) => when?.[keyOf[kind]]) ?? standard.timing[kind],
    ),
    maintainers: standard.maintainers,
    results,
    skipsRfc: first(({ rfc }) => rfc) === 'quiet',
    heedsCiTag: first(({ ciTag }) => ciTag) !== 'as-usual',
    needsOptIn: first(({ consent }) => consent) === 'opt-in',
    limits: {
      perThread: first(({ limits }) => limits?.perThread) ?? standard.limits.perThread,
      perDay: first(({ limits }) => limits?.perDay) ?? standard.limits.perDay,
      beyond: first(({ limits }) => limits?.beyond) ?? standard.limits.beyond,
    },
    quietHours:
      hasNight || weekends
        ? { from: hasNight ? from : 0, to: hasNight ? to : 0, weekends, timeZone }
        : null,
    digest: {
      every: first(({ digest }) => digest?.every) ?? standard.digest.every,
      at: first(({ digest }) => digest?.at) ?? standard.digest.at,
      timeZone,
      to: first(({ digest }) => digest?.to) ?? (results === null ? standard.digest.to : 'results'),
    },
    deadlineMs: first(({ deadline }) => deadline) ?? standard.deadlineMs,
    staleAfterMs: first(({ staleAfter }) => staleAfter) ?? standard.staleAfterMs,
    isDryRun: first(({ dryRun }) => dryRun) ?? false,
  }
}

import { defaultReportPolicy, forEveryKind } from '../core/default-report-policy.ts'
import type { ReportKind, ReportPolicy } from '../core/project.ts'
import type { KindKey, ReportSettings } from './schema/reports.ts'

const keyOf: Readonly<Record<ReportKind, KindKey>> = {
  success: 'success',
  failure: 'failure',
  error: 'error',
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
  return {
    audience: forEveryKind(
      (kind) => first((section) => section[keyOf[kind]]) ?? standard.audience[kind],
    ),
    timing: forEveryKind(
      (kind) => first(({ when }) => when?.[keyOf[kind]]) ?? standard.timing[kind],
    ),
    maintainers: standard.maintainers,
    results: first(({ results }) => results) ?? null,
    skipsRfc: first(({ rfc }) => rfc) === 'quiet',
    heedsCiTag: first(({ ciTag }) => ciTag) !== 'as-usual',
    needsOptIn: first(({ consent }) => consent) === 'opt-in',
    isDryRun: first(({ dryRun }) => dryRun) ?? false,
  }
}

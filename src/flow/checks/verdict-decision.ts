import type { Decision } from '../../core/decision.ts'
import type { SeriesRecord } from '../../core/records.ts'
import { versionText } from '../../core/series/series.ts'

/** What was found of the checks of one version, for `explain`. */
export function verdictDecision(
  { series, topic }: SeriesRecord,
  at: Date,
  found: Pick<Decision, 'rule' | 'inputs' | 'result'>,
): Decision {
  const version = versionText(series)
  return { at, messageId: series.anchor, topic, version, step: 'verdict', ...found }
}

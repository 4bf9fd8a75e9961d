import type { ReportKind } from '../../core/project.ts'
import type { SeriesRecord } from '../../core/records.ts'
import type { Report } from '../../core/report/report.ts'
import { isNews, noNewsWords, type Outcome } from '../../core/report/report-news.ts'
import type { Quiet } from '../../core/report/report-policy.ts'
import { versionText } from '../../core/series/series.ts'
import { isNewer } from '../../core/topic/version-order.ts'
import type { StoreReader } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import { filedReports } from './filed-reports.ts'

interface Told {
  readonly version: string
  readonly kind: string
  readonly at: Date
}

/**
 * The last outcome of the newest older version that had any, whether anybody was told of it or not. `previous` is what
 * the report says of that version: its checks are known there.
 */
async function outcomeBefore(
  record: SeriesRecord,
  previous: Report['previous'],
  reader: Pick<StoreReader, 'decisions' | 'outbox' | 'digestItems'>,
): Promise<Outcome | null> {
  const { topic } = record
  const own = versionText(record.series)
  const decided = (await reader.decisions({ topic })).flatMap((one): readonly Told[] => {
    const kind = one.step === 'report' ? one.inputs['kind'] : null
    return one.version === null || typeof kind !== 'string'
      ? []
      : [{ version: one.version, kind, at: one.at }]
  })
  // A rebuilt store knows of what was sent by the outbox alone.
  const sent = (await filedReports(topic, reader)).flatMap(
    ({ version, kind, at }): readonly Told[] => (version === null ? [] : [{ version, kind, at }]),
  )
  const last = [...sent, ...decided]
    .filter(({ version }) => isNewer(own, version))
    .reduce<Told | null>((best, one) => (best === null || follows(one, best) ? one : best), null)
  return last === null
    ? null
    : {
        version: last.version,
        kind: last.kind as ReportKind,
        failedContexts:
          previous?.version === last.version ? (previous.failedContexts ?? null) : null,
      }
}

function follows(one: Told, best: Told): boolean {
  return one.version === best.version ? one.at >= best.at : isNewer(one.version, best.version)
}

/** Why this outcome is not told where only changes are; null where it is a change. */
export async function noNews(
  record: SeriesRecord,
  { kind, version, failures, previous }: Report,
  ports: Pick<FlowPorts, 'store'>,
): Promise<Quiet | null> {
  const before = await ports.store.read((reader) => outcomeBefore(record, previous, reader))
  const failedContexts = failures.map(({ context }) => context)
  return isNews({ version, kind, failedContexts }, before)
    ? null
    : { outcome: 'quiet', rule: 'on-change', why: noNewsWords(before) }
}

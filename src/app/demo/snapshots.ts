import { setTimeout as sleep } from 'node:timers/promises'
import type { ApplicationRecord, OutboxRecord, SeriesRecord } from '../../core/records.ts'
import { versionText } from '../../core/series/series.ts'
import type { Topic } from '../../core/topic/topic.ts'
import type { Store } from '../../store/store.ts'

/** One version of one topic, with what came of it. */
export interface Snapshot {
  readonly topic: Topic
  readonly record: SeriesRecord
  readonly application: ApplicationRecord | null
  readonly report: OutboxRecord | null
  readonly state: string
}

/** One row of the table at the end. */
export interface DemoRow {
  readonly series: string
  readonly version: string
  readonly base: string
  readonly verdict: string
  readonly branch: string
  readonly report: string
}

/** Every version of every topic, oldest first. */
export async function snapshots(store: Store): Promise<readonly Snapshot[]> {
  return store.read(async (reader) => {
    const found: Snapshot[] = []
    for (const topic of await reader.topics({ limit: 100, offset: 0 })) {
      const applications = await reader.applications(topic.topic)
      const reports = await reader.outbox({ topic: topic.topic, limit: 100 })
      for (const record of await reader.seriesOfTopic(topic.topic)) {
        const version = versionText(record.series)
        const report = reports.find((one) => one.version === version) ?? null
        found.push({
          topic,
          record,
          application: applications.findLast((one) => one.version === version) ?? null,
          report,
          state: topic.version === version ? topic.state : (report?.kind ?? 'superseded'),
        })
      }
    }
    return found.toSorted(
      (a, b) => a.record.series.startedAt.getTime() - b.record.series.startedAt.getTime(),
    )
  })
}

/** Told of what there is now, again and again. */
export type Watcher = (all: readonly Snapshot[]) => void | Promise<void>

/** Says each change of state once. */
export function createNarrator(say: (line: string) => void): Watcher {
  const said = new Map<string, string>()
  return (all) => {
    for (const { record, state } of all) {
      const key = record.series.anchor
      if (said.get(key) !== state) {
        said.set(key, state)
        say(`  ${state.padEnd(11)} v${versionText(record.series)}  ${record.series.name}`)
      }
    }
  }
}

const lookMs = 100

/** Looks until `isReached`, at most for `patienceMs`; whether it came to that. */
export async function watchUntil(
  isReached: () => Promise<boolean>,
  watch: { readonly store: Store; readonly watcher: Watcher; readonly patienceMs: number },
  signal: AbortSignal,
): Promise<boolean> {
  const until = Date.now() + watch.patienceMs
  while (Date.now() < until && !signal.aborted) {
    await watch.watcher(await snapshots(watch.store))
    if (await isReached()) {
      return true
    }
    await sleep(lookMs)
  }
  return false
}

export function toRow({ topic, record, application, report, state }: Snapshot): DemoRow {
  const applied = application?.application
  const pull = topic.pullRequest === null ? '' : `#${topic.pullRequest} `
  const isPublished = applied?.outcome === 'applied' && application?.publishedAt
  return {
    series: record.series.name,
    version: `v${versionText(record.series)}`,
    base: application === null ? '-' : `${application.base.slice(0, 10)} ${application.baseRule}`,
    verdict: state,
    branch: isPublished ? `${pull}${topic.branch ?? '-'}` : '-',
    report: report === null ? '-' : `${report.kind}, ${report.state}`,
  }
}

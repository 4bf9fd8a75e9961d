import type { MessageId } from '../../core/ids.ts'
import type { SeriesRecord } from '../../core/records.ts'
import { ownMails, versionText } from '../../core/series/series.ts'
import type { Job, StoreReader } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import type { FlowPorts } from '../ports.ts'
import { isWithdrawn } from '../series/is-withdrawn.ts'
import { decisionOf, type Situation } from '../series/series-situation.ts'

/** Of the decision that a series waits for one that it is built on. */
const waitingRule = 'waits-for-parent'

/** No series waits longer. */
const longestWaitMs = 60 * 60_000

/** Stored series that `series` says it is built on, in no order. */
export async function namedBy(
  { series }: SeriesRecord,
  reader: StoreReader,
): Promise<readonly SeriesRecord[]> {
  const records = [
    ...(await reader.seriesTouching(series.dependsOn)),
    ...(await reader.seriesWithPatches(series.prerequisitePatchIds)),
  ]
  return [...new Map(records.map((one) => [one.series.anchor, one])).values()]
}

/** Whether this very series was applied, or at least tried. */
async function outcomes(
  { topic, digest }: SeriesRecord,
  reader: StoreReader,
): Promise<readonly string[]> {
  const applications = await reader.applications(topic)
  return applications
    .filter((one) => one.digest === digest)
    .map(({ application }) => application.outcome)
}

/**
 * A series that `record` is built on, of the same project, whose turn has not come yet; null where there is none, or where
 * `record` has waited an hour for it. Two that name each other do not wait.
 */
export async function parentToCome(
  record: SeriesRecord,
  now: Date,
  reader: StoreReader,
): Promise<MessageId | null> {
  const own = ownMails(record.series)
  for (const parent of await namedBy(record, reader)) {
    const { series, topic, project, isSilent } = parent
    const names = [...series.dependsOn, ...(await namedBy(parent, reader)).flatMap(anchorOf)]
    const isReady = series.complete && !isSilent && project === record.project
    const isOther = series.anchor !== record.series.anchor && !names.some((id) => own.includes(id))
    if (
      isReady &&
      isOther &&
      (await outcomes(parent, reader)).length === 0 &&
      !(await isWithdrawn(topic, versionText(series), reader))
    ) {
      const decisions = await reader.decisions({ messageId: record.series.anchor })
      const since = decisions.find(({ rule }) => rule === waitingRule)?.at ?? now
      return now.getTime() - since.getTime() < longestWaitMs ? series.anchor : null
    }
  }
  return null
}

function anchorOf({ series }: SeriesRecord): readonly MessageId[] {
  return [series.anchor]
}

/** How often a series looks whether the one that it is built on was tried; when that is published it goes on at once. */
const parentPollMs = 60_000

/** Puts the series off; the reason is said once. */
export async function waitForParent(
  parent: MessageId,
  situation: Situation,
  job: Job,
  ports: FlowPorts,
): Promise<void> {
  const { anchor } = situation.record.series
  await finish(job, ports, async (tx) => {
    const said = await tx.decisions({ messageId: anchor })
    if (!said.some(({ rule }) => rule === waitingRule)) {
      const result = `it is built on ${parent}, whose turn comes first`
      await tx.addDecision(decisionOf(situation, ports, 'base', waitingRule, { parent }, result))
    }
    await tx.enqueue('publish', anchor, new Date(ports.clock().getTime() + parentPollMs))
  })
}

/** Series that are built on `record` and could not be applied, or were not tried, while it was not there. */
export async function waitingFor(
  { series, project }: SeriesRecord,
  reader: StoreReader,
): Promise<readonly MessageId[]> {
  const patchIds = series.patches.flatMap(({ patchId }) => patchId ?? [])
  const found: MessageId[] = []
  for (const record of await reader.seriesBuiltOn(ownMails(series), patchIds)) {
    const isApplied = (await outcomes(record, reader)).some((outcome) => outcome !== 'conflict')
    if (record.project === project && record.series.anchor !== series.anchor && !isApplied) {
      found.push(record.series.anchor)
    }
  }
  return found
}

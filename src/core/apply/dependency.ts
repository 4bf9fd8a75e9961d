import type { MessageId, Sha } from '../ids.ts'
import { ownMails, type Series } from '../series/series.ts'

/** A series that another one says it is built on. */
export interface Dependency {
  /** `prerequisite-patch-id:`, or a line that names a mail: `Depends-on:`, `Based-on:`, `prerequisite-message-id:`. */
  readonly rule: 'prerequisite' | 'depends-on'
  /** For people: a Message-ID; the patch-id where no series with that patch is known. */
  readonly name: string
  /** How it was applied here; null where it is not known, or was not applied. */
  readonly range: { readonly base: Sha; readonly head: Sha } | null
}

/** A series that is known here, and how it was applied, if it was. */
export interface KnownSeries {
  readonly series: Series
  readonly range: Dependency['range']
}

/**
 * What `series` says it is built on, best first: of its prerequisites, which are listed from the base up, the series that
 * holds the last one; then the mails it names, in their order. Where several series fit, one that was applied counts before
 * one that was not, and the newest before older ones.
 */
export function findDependencies(
  series: Series,
  known: readonly KnownSeries[],
): readonly Dependency[] {
  const others = known
    .filter((one) => one.series.anchor !== series.anchor)
    .toSorted((a, b) => rank(b) - rank(a) || startOf(b) - startOf(a))
  return [...prerequisites(series, others), ...series.dependsOn.map((id) => named(id, others))]
}

function prerequisites(series: Series, others: readonly KnownSeries[]): readonly Dependency[] {
  const ids = series.prerequisitePatchIds
  const found = others
    .map((one) => ({
      one,
      last: Math.max(
        -1,
        ...one.series.patches.map(({ patchId }) => ids.lastIndexOf(patchId ?? '')),
      ),
    }))
    .filter(({ last }) => last >= 0)
    .toSorted((a, b) => b.last - a.last)
  const last = ids.at(-1)
  if (found.length === 0 && last !== undefined) {
    return [{ rule: 'prerequisite', name: last, range: null }]
  }
  return found.map(({ one }) => ({
    rule: 'prerequisite',
    name: one.series.anchor,
    range: one.range,
  }))
}

function named(id: MessageId, others: readonly KnownSeries[]): Dependency {
  const found = others.find((one) => ownMails(one.series).includes(id))
  return { rule: 'depends-on', name: id, range: found?.range ?? null }
}

function rank(one: KnownSeries): number {
  return one.range === null ? 0 : 1
}

function startOf(one: KnownSeries): number {
  return one.series.startedAt.getTime()
}

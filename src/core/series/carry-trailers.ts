import { groupBy } from '../group-by.ts'
import type { MessageId } from '../ids.ts'
import type { Problem } from '../problem.ts'
import { compareVersions } from '../topic/compare-versions.ts'
import { mismatchOf, trailerKey } from './collect-trailers.ts'
import type { LinkedSeries, Series } from './series.ts'
import type { GivenTrailer, Trailer } from './trailer.ts'

/**
 * The versions of one topic, oldest first, with the trailers given to a patch carried to every later patch with the
 * same patch-id, as b4 does, and with the problems that they have. `ownTrailers` says what a patch has in its commit message: that is not carried again.
 */
export function carryTrailers(
  versions: readonly Series[],
  ownTrailers: (patch: MessageId) => readonly Trailer[] = () => [],
): readonly Series[] {
  const given = new Map<string, readonly GivenTrailer[]>()
  const mismatches = new Map<GivenTrailer, readonly Problem[]>()
  return versions.map((series) => {
    const problems = new Map(series.problems.map((one) => [`${one.code} ${one.message}`, one]))
    const patches = series.patches.map((patch) => {
      if (patch.patchId === null) {
        return patch
      }
      const has = new Set([...patch.trailers, ...ownTrailers(patch.messageId)].map(trailerKey))
      const older = given.get(patch.patchId) ?? []
      const carried = older.filter((trailer) => !has.has(trailerKey(trailer)))
      for (const problem of carried.flatMap((trailer) => mismatches.get(trailer) ?? [])) {
        problems.set(`${problem.code} ${problem.message}`, problem)
      }
      const trailers = [...patch.trailers, ...carried]
      const known = new Set(older.map(trailerKey))
      const added = patch.trailers.filter((trailer) => !known.has(trailerKey(trailer)))
      for (const trailer of added) {
        mismatches.set(trailer, mismatchOf(trailer, series.problems))
      }
      given.set(patch.patchId, [...older, ...added])
      return { ...patch, trailers }
    })
    return { ...series, patches, problems: [...problems.values()] }
  })
}

function hasDistinctDiffs({ series: { patches } }: LinkedSeries): boolean {
  const diffs = patches.flatMap(({ patchId }) => patchId ?? [])
  return new Set(diffs).size === diffs.length
}

/** The same series with the trailers of older versions of their topics carried to them, in the same order. */
export function withCarriedTrailers(linked: readonly LinkedSeries[]): readonly LinkedSeries[] {
  const carried = new Map<LinkedSeries, Series>()
  for (const versions of groupBy(linked, ({ topic }) => topic).values()) {
    if (versions.length === 1 && versions.every(hasDistinctDiffs)) {
      continue
    }
    const ordered = versions.toSorted((a, b) => compareVersions(a.series, b.series))
    const series = carryTrailers(ordered.map((one) => one.series))
    for (const [index, one] of ordered.entries()) {
      carried.set(one, series[index] ?? one.series)
    }
  }
  return linked.map((one) => ({ ...one, series: carried.get(one) ?? one.series }))
}

import type { MessageId } from '../ids.ts'
import type { Message } from '../message.ts'
import { compareVersions, isLaterVersion } from '../topic/compare-versions.ts'
import type { Ancestors } from './ancestors.ts'
import { collectTrailers } from './collect-trailers.ts'
import type { AttachedTo } from './gather-series.ts'
import { isSamePerson } from './same-person.ts'
import type { Series, SeriesPatch } from './series.ts'
import type { Candidate } from './series-candidate.ts'

/** What composing asks of the thread. */
export interface ThreadPlaces {
  readonly candidates: ReadonlyMap<MessageId, Candidate>
  readonly ancestors: Ancestors
  readonly attachedTo: AttachedTo
  /** Replies to the cover of the series with this anchor. */
  readonly coverReplies: ReadonlyMap<MessageId, readonly Message[]>
}

/** The patch of another series that this one answers, when that is the one with the same number. */
function answeredCounterpart(
  patch: Candidate,
  own: ReadonlySet<MessageId>,
  { candidates, ancestors }: ThreadPlaces,
): Candidate | null {
  for (const ancestor of ancestors(patch.message)) {
    const answered = candidates.get(ancestor.messageId)
    if (answered !== undefined && !own.has(ancestor.messageId)) {
      const isSame = answered.number === patch.number && answered.total === patch.total
      return isSame ? answered : null
    }
  }
  return null
}

/** The patches that those of `series` replace; null where one of them replaces none and follows no other that does. */
function replacedPatches(series: Series, places: ThreadPlaces): readonly Candidate[] | null {
  const own = new Set(series.patches.map(({ messageId }) => messageId))
  const patches = series.patches.flatMap(({ messageId }) => places.candidates.get(messageId) ?? [])
  const replaced = new Map(
    patches.flatMap((patch) => {
      const counterpart = answeredCounterpart(patch, own, places)
      return counterpart === null ? [] : [[patch, counterpart] as const]
    }),
  )
  function follows(patch: Candidate | null, hops: number): boolean {
    return (
      patch !== null &&
      hops > 0 &&
      (replaced.has(patch) || follows(places.attachedTo(patch), hops - 1))
    )
  }
  return patches.every((patch) => follows(patch, patches.length)) ? [...replaced.values()] : null
}

/** The newest complete older version that has all of `replaced`. */
function findOlderVersion(
  series: Series,
  replaced: readonly Candidate[],
  others: readonly Series[],
): Series | undefined {
  return others
    .filter(
      (other) =>
        other.complete &&
        other.total === series.total &&
        isLaterVersion(series, other) &&
        isSamePerson(series.submitter, other.submitter) &&
        replaced.every(({ message }) =>
          other.patches.some(({ messageId }) => messageId === message.messageId),
        ),
    )
    .toSorted(compareVersions)
    .at(-1)
}

/** The cover of the older version is that of the new patches too: what its replies gave, they are given (as b4 does). */
function withCoverTrailers(
  patch: SeriesPatch,
  replies: readonly Message[],
  places: ThreadPlaces,
): SeriesPatch {
  const own = places.candidates.get(patch.messageId)?.message.trailers ?? []
  const { trailers } = collectTrailers([...own, ...patch.trailers], replies)
  return trailers.length === 0 ? patch : { ...patch, trailers: [...patch.trailers, ...trailers] }
}

function compose(
  series: Series,
  older: Series,
  coverReplies: readonly Message[],
  places: ThreadPlaces,
): Series {
  const replacements = new Map(
    series.patches.map((patch) => [patch.number, withCoverTrailers(patch, coverReplies, places)]),
  )
  const patches = older.patches.map((patch) => replacements.get(patch.number) ?? patch)
  return {
    ...series,
    complete: true,
    missing: [],
    name: older.name,
    patches,
    composedFrom: patches.map(({ messageId }) => messageId),
    baseCommit: series.baseCommit ?? older.baseCommit,
    prerequisitePatchIds:
      series.prerequisitePatchIds.length > 0
        ? series.prerequisitePatchIds
        : older.prerequisitePatchIds,
    dependsOn: series.dependsOn.length > 0 ? series.dependsOn : older.dependsOn,
    changeId: series.changeId ?? older.changeId,
  }
}

export interface Composition {
  /** What it was; the composed version has the same anchor. */
  readonly composed: Series
  readonly older: Series
}

export interface ComposedVersions {
  readonly series: readonly Series[]
  readonly compositions: readonly Composition[]
  /** Versions that will be composed once they are quiet. */
  readonly waiting: readonly Series[]
}

/**
 * Composes each incomplete version whose patches answer the same numbers of a complete older one from that: `v5.1
 * 10/12` in reply to v5 10/12. Only those that are quiet are composed; lower versions first, so that one may build on
 * another.
 */
export function composeVersions(
  all: readonly Series[],
  places: ThreadPlaces,
  isQuiet: (series: Series) => boolean,
): ComposedVersions {
  const series: Series[] = []
  const compositions: Composition[] = []
  const waiting: Series[] = []
  const coverReplies = new Map(places.coverReplies)
  for (const version of all.toSorted(compareVersions)) {
    const isPartial =
      !version.complete &&
      version.cover === null &&
      version.patches.every(({ number }) => number <= (version.total ?? 0))
    const replaced = isPartial ? replacedPatches(version, places) : null
    const older = replaced === null ? undefined : findOlderVersion(version, replaced, series)
    if (older !== undefined && isQuiet(version)) {
      const replies = coverReplies.get(older.anchor) ?? []
      const composed = compose(version, older, replies, places)
      coverReplies.set(composed.anchor, replies)
      series.push(composed)
      compositions.push({ composed, older })
    } else {
      series.push(version)
      if (older !== undefined) {
        waiting.push(version)
      }
    }
  }
  return { series, compositions, waiting }
}

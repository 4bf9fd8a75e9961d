import { compareVersions, isLaterVersion } from './compare-versions.ts'
import { isSamePerson } from './same-person.ts'
import { type LinkRule, ownMails, type Series } from './series.ts'
import { titleStem } from './title-stem.ts'

const dayMs = 24 * 60 * 60 * 1000
/** Titles and diffs alone join nothing over a longer time. */
const maxGapMs = 366 * dayMs
/** What comes again under its old title after a longer time, and states no version, is something new. */
const maxRepostGapMs = 30 * dayMs

/** Two series that state different change-ids are different topics, whatever else they share. */
function contradicts(one: Series, other: Series): boolean {
  return one.changeId !== null && other.changeId !== null && one.changeId !== other.changeId
}

/** A mail without any date counts from 1970 and says nothing about time. */
function isNear(one: Series, other: Series, gapMs: number): boolean {
  const [a, b] = [one.startedAt.getTime(), other.startedAt.getTime()]
  return a === 0 || b === 0 || Math.abs(a - b) <= gapMs
}

function shared(one: readonly string[], other: readonly string[]): number {
  const known = new Set(other)
  return new Set(one.filter((item) => known.has(item))).size
}

function patchIds(series: Series): readonly string[] {
  return series.patches.flatMap(({ patchId }) => patchId ?? [])
}

function titles(series: Series): readonly string[] {
  return series.patches.map(({ subject }) => titleStem(subject)).filter((stem) => stem !== '')
}

function hasSameChangeId(series: Series, older: Series): boolean {
  return series.changeId !== null && series.changeId === older.changeId
}

function supersedes(series: Series, older: Series): boolean {
  const mails = new Set(ownMails(older))
  return series.supersedes.some((id) => mails.has(id))
}

/** A higher version sent in reply to a lower one, by the same person or about the same. */
function answersOlder(series: Series, older: Series): boolean {
  const mails = new Set(ownMails(older))
  return (
    isLaterVersion(series, older) &&
    !contradicts(series, older) &&
    series.answers.some((id) => mails.has(id)) &&
    (isSamePerson(series.submitter, older.submitter) ||
      titleStem(series.name) === titleStem(older.name) ||
      shared(titles(series), titles(older)) > 0 ||
      shared(patchIds(series), patchIds(older)) > 0)
  )
}

/** Which part of the larger series so many common patches are; 0 where they are too few to say anything. */
function overlap(count: number, series: Series, older: Series): number {
  const sizes = [series.patches.length, older.patches.length]
  const largest = Math.max(...sizes)
  // A version that says it is a later one may have dropped or won patches; a mere repost has most of them.
  const compared = isLaterVersion(series, older) ? Math.min(...sizes) : largest
  return count * 2 >= compared ? count / largest : 0
}

function sharedPatches(series: Series, older: Series): number {
  const isPossible =
    isSamePerson(series.submitter, older.submitter) &&
    !contradicts(series, older) &&
    isNear(series, older, maxGapMs)
  return isPossible ? overlap(shared(patchIds(series), patchIds(older)), series, older) : 0
}

/** A later version under one name, or with titles of patches in common; or a repost of them soon after. */
function sharedTitles(series: Series, older: Series): number {
  const isLater = isLaterVersion(series, older)
  const isPossible =
    isSamePerson(series.submitter, older.submitter) &&
    !contradicts(series, older) &&
    isNear(series, older, isLater ? maxGapMs : maxRepostGapMs)
  if (!isPossible) {
    return 0
  }
  const stem = titleStem(series.name)
  const isNamesake = isLater && stem !== '' && stem === titleStem(older.name)
  return Number(isNamesake) + overlap(shared(titles(series), titles(older)), series, older)
}

export interface LinkTest {
  readonly rule: LinkRule
  /** How much speaks for `older` being an older version of `series`; 0: the rule does not hold. */
  readonly strength: (series: Series, older: Series) => number
  /** True where the rule holds whatever the version numbers say. */
  readonly isExplicit: boolean
}

/** What makes a series another version of an older one: the first rule that finds one decides. */
export const linkTests: readonly LinkTest[] = [
  {
    rule: 'change-id',
    strength: (series, older) => Number(hasSameChangeId(series, older)),
    isExplicit: false,
  },
  {
    rule: 'supersedes',
    strength: (series, older) => Number(supersedes(series, older)),
    isExplicit: true,
  },
  {
    rule: 'reply',
    strength: (series, older) => Number(answersOlder(series, older)),
    isExplicit: false,
  },
  { rule: 'patch-id', strength: sharedPatches, isExplicit: false },
  { rule: 'subject', strength: sharedTitles, isExplicit: false },
]

/** The one for which most speaks by `test`; of several the newest version, of these the nearest in time. */
export function strongestVersion(
  series: Series,
  older: readonly Series[],
  { strength }: LinkTest,
): Series | undefined {
  const at = series.startedAt.getTime()
  return older
    .map((one) => ({ one, strength: strength(series, one) }))
    .filter((found) => found.strength > 0)
    .toSorted(
      (a, b) =>
        b.strength - a.strength ||
        Number(isLaterVersion(b.one, a.one)) - Number(isLaterVersion(a.one, b.one)) ||
        Math.abs(a.one.startedAt.getTime() - at) - Math.abs(b.one.startedAt.getTime() - at) ||
        compareVersions(a.one, b.one),
    )[0]?.one
}

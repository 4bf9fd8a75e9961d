import type { MessageId } from '../ids.ts'
import { isSamePerson } from '../series/same-person.ts'
import { type LinkRule, ownMails, type Series } from '../series/series.ts'
import { titleStem } from '../series/title-stem.ts'
import { compareVersions, isLaterVersion } from './compare-versions.ts'

const dayMs = 24 * 60 * 60 * 1000
/** Titles and diffs alone join nothing over a longer time. */
const maxGapMs = 366 * dayMs
/** What comes again under its old title after a longer time, and states no version, is something new. */
const maxRepostGapMs = 30 * dayMs

/** A series, and what is compared of it. */
export interface Linkable {
  readonly series: Series
  readonly mails: ReadonlySet<MessageId>
  /** Of its name. */
  readonly stem: string
  /** Of the titles of its patches. */
  readonly stems: ReadonlySet<string>
  readonly patchIds: ReadonlySet<string>
}

export function toLinkable(series: Series): Linkable {
  const stems = series.patches.map(({ subject }) => titleStem(subject))
  return {
    series,
    mails: new Set(ownMails(series)),
    stem: titleStem(series.name),
    stems: new Set(stems.filter((stem) => stem !== '')),
    patchIds: new Set(series.patches.flatMap(({ patchId }) => patchId ?? [])),
  }
}

/** Two series that state different change-ids are different topics, whatever else they share. */
function contradicts(one: Series, other: Series): boolean {
  return one.changeId !== null && other.changeId !== null && one.changeId !== other.changeId
}

/** A mail without any date counts from 1970 and says nothing about time. */
function isNear(one: Series, other: Series, gapMs: number): boolean {
  const [a, b] = [one.startedAt.getTime(), other.startedAt.getTime()]
  return a === 0 || b === 0 || Math.abs(a - b) <= gapMs
}

function shared(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  return [...one].filter((item) => other.has(item)).length
}

function hasSameChangeId({ series }: Linkable, older: Linkable): boolean {
  return series.changeId !== null && series.changeId === older.series.changeId
}

function supersedes({ series }: Linkable, older: Linkable): boolean {
  return series.supersedes.some((id) => older.mails.has(id))
}

/** A higher version sent in reply to a lower one, by the same person or about the same. */
function answersOlder(one: Linkable, older: Linkable): boolean {
  const { series } = one
  return (
    isLaterVersion(series, older.series) &&
    !contradicts(series, older.series) &&
    series.answers.some((id) => older.mails.has(id)) &&
    (isSamePerson(series.submitter, older.series.submitter) ||
      one.stem === older.stem ||
      shared(one.stems, older.stems) > 0 ||
      shared(one.patchIds, older.patchIds) > 0)
  )
}

/** Words of the subject that name a release, as `5.10` and `for-6.1` do. */
function releases({ prefixes }: Series): string {
  return prefixes
    .filter((word) => /\d\.\d/.test(word))
    .join(' ')
    .toLowerCase()
}

/** One patch for two releases, sent to each: neither is a new version of the other. */
function isBackport(one: Series, other: Series): boolean {
  const [a, b] = [releases(one), releases(other)]
  return a !== '' && b !== '' && a !== b
}

/** What is for the same release is preferred to what only looks alike. */
function forSameRelease(strength: number, one: Series, other: Series): number {
  return strength > 0 && releases(one) === releases(other) ? strength + 0.25 : strength
}

/** Which part of the larger series so many common patches are; 0 where they are too few to say anything. */
function overlap(count: number, series: Series, older: Series): number {
  const sizes = [series.patches.length, older.patches.length]
  const largest = Math.max(...sizes)
  // A version that says it is a later one may have dropped or won patches; a mere repost has most of them.
  const compared = isLaterVersion(series, older) ? Math.min(...sizes) : largest
  return count * 2 >= compared ? count / largest : 0
}

function sharedPatches(one: Linkable, other: Linkable): number {
  const [series, older] = [one.series, other.series]
  const isPossible =
    isNear(series, older, maxGapMs) &&
    isSamePerson(series.submitter, older.submitter) &&
    !contradicts(series, older)
  const isRepost = !isLaterVersion(series, older)
  return isPossible && !(isRepost && isBackport(series, older))
    ? forSameRelease(overlap(shared(one.patchIds, other.patchIds), series, older), series, older)
    : 0
}

/** A later version under one name, or with titles of patches in common; or a repost of them soon after. */
function sharedTitles(one: Linkable, other: Linkable): number {
  const [series, older] = [one.series, other.series]
  const isLater = isLaterVersion(series, older)
  const isPossible =
    isNear(series, older, isLater ? maxGapMs : maxRepostGapMs) &&
    isSamePerson(series.submitter, older.submitter) &&
    !contradicts(series, older) &&
    (isLater || !isBackport(series, older))
  if (!isPossible) {
    return 0
  }
  const isNamesake = isLater && one.stem !== '' && one.stem === other.stem
  const titles = Number(isNamesake) + overlap(shared(one.stems, other.stems), series, older)
  return forSameRelease(titles, series, older)
}

export interface LinkTest {
  readonly rule: LinkRule
  /** How much speaks for `older` being an older version; 0: the rule does not hold. */
  readonly strength: (one: Linkable, older: Linkable) => number
  /** True where the rule holds whatever the version numbers say. */
  readonly isExplicit: boolean
}

/** What makes a series another version of an older one: the first rule that finds one decides. */
export const linkTests: readonly LinkTest[] = [
  {
    rule: 'change-id',
    strength: (one, older) => Number(hasSameChangeId(one, older)),
    isExplicit: false,
  },
  {
    rule: 'supersedes',
    strength: (one, older) => Number(supersedes(one, older)),
    isExplicit: true,
  },
  {
    rule: 'reply',
    strength: (one, older) => Number(answersOlder(one, older)),
    isExplicit: false,
  },
  { rule: 'patch-id', strength: sharedPatches, isExplicit: false },
  { rule: 'subject', strength: sharedTitles, isExplicit: false },
]

interface Found {
  readonly older: Linkable
  readonly strength: number
}

/** By strength, then the newest version, then the nearest in time. */
function compareFound(one: Found, other: Found, at: number): number {
  const [a, b] = [one.older.series, other.older.series]
  return (
    other.strength - one.strength ||
    Number(isLaterVersion(b, a)) - Number(isLaterVersion(a, b)) ||
    Math.abs(a.startedAt.getTime() - at) - Math.abs(b.startedAt.getTime() - at) ||
    compareVersions(a, b)
  )
}

/** The one for which most speaks by `test`; of several the newest version, of these the nearest in time. */
export function strongestVersion(
  one: Linkable,
  candidates: Iterable<Linkable>,
  test: LinkTest,
): Linkable | undefined {
  const at = one.series.startedAt.getTime()
  let best: Found | undefined
  for (const older of candidates) {
    const strength = test.strength(one, older)
    if (strength > 0 && (best === undefined || compareFound({ older, strength }, best, at) < 0)) {
      best = { older, strength }
    }
  }
  return best?.older
}

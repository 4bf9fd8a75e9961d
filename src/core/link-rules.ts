import { compareVersions, isLaterVersion } from './compare-versions.ts'
import { isSamePerson } from './same-person.ts'
import { type LinkRule, ownMails, type Series } from './series.ts'
import { titleStem } from './title-stem.ts'

/** Titles and diffs alone join nothing over a longer time. */
const maxGapMs = 366 * 24 * 60 * 60 * 1000

/** Two series that state different change-ids are different topics, whatever else they share. */
function contradicts(one: Series, other: Series): boolean {
  return one.changeId !== null && other.changeId !== null && one.changeId !== other.changeId
}

/** A mail without any date counts from 1970 and says nothing about time. */
function isNear(one: Series, other: Series): boolean {
  const [a, b] = [one.startedAt.getTime(), other.startedAt.getTime()]
  return a === 0 || b === 0 || Math.abs(a - b) <= maxGapMs
}

function shared(one: readonly string[], other: readonly string[]): number {
  const known = new Set(other)
  return new Set(one.filter((item) => known.has(item))).size
}

function patchIds(series: Series): readonly string[] {
  return series.patches.flatMap(({ patchId }) => patchId ?? [])
}

function titles(series: Series): readonly string[] {
  return series.patches.map(({ subject }) => titleStem(subject))
}

/** Half of the larger one: what a repost that states no new version must have kept. */
function isHalfOfBoth(count: number, one: Series, other: Series): boolean {
  return count > 0 && count * 2 >= Math.max(one.patches.length, other.patches.length)
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

/** Half of the patches of the smaller one, where a later version is stated; else of the larger one. */
function sharesPatches(series: Series, older: Series): boolean {
  const count = shared(patchIds(series), patchIds(older))
  const isHalf = count * 2 >= Math.min(series.patches.length, older.patches.length)
  return (
    count > 0 &&
    isSamePerson(series.submitter, older.submitter) &&
    !contradicts(series, older) &&
    isNear(series, older) &&
    (isLaterVersion(series, older) ? isHalf : isHalfOfBoth(count, series, older))
  )
}

/** One title by one author; where no later version is stated, half of the patches must have kept theirs too. */
function sharesTitle(series: Series, older: Series): boolean {
  const stem = titleStem(series.name)
  return (
    stem !== '' &&
    stem === titleStem(older.name) &&
    isSamePerson(series.submitter, older.submitter) &&
    !contradicts(series, older) &&
    isNear(series, older) &&
    (isLaterVersion(series, older) ||
      isHalfOfBoth(shared(titles(series), titles(older)), series, older))
  )
}

export interface LinkTest {
  readonly rule: LinkRule
  readonly holds: (series: Series, older: Series) => boolean
  /** True where the rule holds whatever the version numbers say. */
  readonly isExplicit: boolean
}

/** What makes a series another version of an older one: the first rule that finds one decides. */
export const linkTests: readonly LinkTest[] = [
  { rule: 'change-id', holds: hasSameChangeId, isExplicit: false },
  { rule: 'supersedes', holds: supersedes, isExplicit: true },
  { rule: 'reply', holds: answersOlder, isExplicit: false },
  { rule: 'patch-id', holds: sharesPatches, isExplicit: false },
  { rule: 'subject', holds: sharesTitle, isExplicit: false },
]

/** Of several older versions the newest, and of several equal ones the nearest in time. */
export function nearestVersion(series: Series, older: readonly Series[]): Series | undefined {
  const at = series.startedAt.getTime()
  return older.toSorted(
    (a, b) =>
      Number(isLaterVersion(b, a)) - Number(isLaterVersion(a, b)) ||
      Math.abs(a.startedAt.getTime() - at) - Math.abs(b.startedAt.getTime() - at) ||
      compareVersions(a, b),
  )[0]
}

import { groupBy } from '../group-by.ts'
import type { MessageId } from '../ids.ts'
import { effectiveDate, type Message } from '../message.ts'
import { type Ancestors, referredIds } from './ancestors.ts'
import type { SeriesGroup } from './gather-series.ts'
import { defaultLooseGapMs } from './loose-join.ts'
import { isSamePerson } from './same-person.ts'
import type { Candidate } from './series-candidate.ts'
import { readSubject } from './subject.ts'

/** A mail that only by its place may be a cover is sent together with its patches. */
const bareCoverGapMs = 24 * 60 * 60 * 1000

/** The nearest mail outside the series that each of its patches answers, when it is the same for all. */
function commonParent(group: SeriesGroup, ancestors: Ancestors): Message | null {
  const own = new Set(group.patches.map(({ message }) => message.messageId))
  const parents = new Map<MessageId, Message | null>()
  for (const { message } of group.patches) {
    parents.set(message.messageId, outsideParent(message, own, parents, ancestors))
  }
  const found = new Set([...parents.values()].filter((parent) => parent !== null))
  const [only = null] = found
  return found.size === 1 ? only : null
}

/** The nearest mail above that is not of `own`; what is above one of these is in `known`, or is looked for. */
function outsideParent(
  message: Message,
  own: ReadonlySet<MessageId>,
  known: ReadonlyMap<MessageId, Message | null>,
  ancestors: Ancestors,
): Message | null {
  for (const above of ancestors(message, ({ messageId }) => known.has(messageId))) {
    if (!own.has(above.messageId)) {
      return above
    }
    const parent = known.get(above.messageId) ?? null
    if (parent !== null) {
      return parent
    }
  }
  return null
}

function isCoverOf(mail: Message, first: Candidate): boolean {
  const subject = readSubject(mail.subject)
  const { submitter } = first.message
  const isSameVersion =
    subject.version === first.subject.version && subject.minor === first.subject.minor
  if (
    mail.patch !== null ||
    subject.isReply ||
    !isSamePerson(mail.submitter, submitter) ||
    (subject.statesVersion && !isSameVersion) ||
    (mail.pull !== null && !first.isNumbered)
  ) {
    return false
  }
  if (subject.namesPatch || mail.hasDiffstat || mail.pull !== null) {
    return true
  }
  // As b4 does: the mail that begins the thread is trusted to be the cover of what its author sends below it.
  const gapMs = Math.abs(effectiveDate(mail).getTime() - first.at)
  return referredIds(mail).length === 0 && gapMs <= bareCoverGapMs
}

/** A numbered cover on which the version was forgotten, sent with patches that state theirs. */
function isForgetfulCover(cover: Candidate | undefined, first: Candidate): boolean {
  return (
    cover?.number === 0 &&
    cover.total === first.total &&
    !cover.subject.statesVersion &&
    first.subject.statesVersion &&
    isSamePerson(cover.message.submitter, first.message.submitter) &&
    Math.abs(cover.at - first.at) <= defaultLooseGapMs
  )
}

function compareVersions(one: Candidate, other: Candidate): number {
  return one.subject.version - other.subject.version || one.subject.minor - other.subject.minor
}

/**
 * Covers that do not number themselves: a mail without diff by the same submitter that all patches of a series
 * answer, or a cover that nothing belongs to because it does not say the version. Where several versions answer it, it is the cover of the lowest; where several series of that, of none.
 */
export function findUnnumberedCovers(
  groups: readonly SeriesGroup[],
  candidates: ReadonlyMap<MessageId, Candidate>,
  ancestors: Ancestors,
): ReadonlyMap<SeriesGroup, Message> {
  const taken = new Set(groups.map(({ cover }) => cover))
  const claims = groups.flatMap((group) => {
    const first = group.cover === null ? group.patches[0] : undefined
    const parent = first === undefined ? null : commonParent(group, ancestors)
    if (first === undefined || parent === null) {
      return []
    }
    const candidate = candidates.get(parent.messageId)
    const isCover =
      candidate === undefined
        ? isCoverOf(parent, first)
        : !taken.has(candidate) && isForgetfulCover(candidate, first)
    return isCover ? [{ group, first, parent }] : []
  })
  const byParent = groupBy(claims, ({ parent }) => parent)
  return new Map(
    [...byParent].flatMap(([parent, rivals]) => {
      const ranked = rivals.toSorted((a, b) => compareVersions(a.first, b.first))
      const [lowest, next] = ranked
      const isAlone =
        lowest !== undefined && (!next || compareVersions(lowest.first, next.first) < 0)
      return isAlone ? [[lowest.group, parent] as const] : []
    }),
  )
}

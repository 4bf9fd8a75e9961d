import { type Ancestors, referredIds } from './ancestors.ts'
import type { SeriesGroup } from './gather-series.ts'
import type { MessageId } from './ids.ts'
import type { Message } from './message.ts'
import { readSubject } from './subject.ts'

/** Ids that a patch refers to, itself or through the mails above it, and that nobody has; the nearest first. */
function absentIds(
  message: Message,
  known: ReadonlySet<MessageId>,
  ancestors: Ancestors,
): readonly MessageId[] {
  const ids = [message, ...ancestors(message)].flatMap(referredIds)
  return [...new Set(ids)].filter((id) => !known.has(id))
}

/** The ids that every patch of the series refers to and that never arrived: one of them may be its cover. */
function absentForAll(
  group: SeriesGroup,
  known: ReadonlySet<MessageId>,
  ancestors: Ancestors,
): ReadonlySet<MessageId> {
  const [first = [], ...rest] = group.patches.map(({ message }) =>
    absentIds(message, known, ancestors),
  )
  return new Set(first.filter((id) => rest.every((ids) => ids.includes(id))))
}

/**
 * The replies to covers that never arrived, by the series that they speak of: their subject names the cover (`Re:
 * [PATCH v2 0/3]`) of just that version and total, and they refer to a mail that all of its patches refer to and
 * that is not here. As in b4 such a reply is one to all patches.
 */
export function repliesToMissingCovers(
  groups: readonly SeriesGroup[],
  unplaced: readonly Message[],
  known: ReadonlySet<MessageId>,
  ancestors: Ancestors,
): ReadonlyMap<SeriesGroup, readonly Message[]> {
  const asking = unplaced.flatMap((message) => {
    const { isReply, number, total, version, minor } = readSubject(message.subject)
    return isReply && number === 0 ? [{ message, total, version, minor }] : []
  })
  const found = new Map<SeriesGroup, Message[]>()
  if (asking.length === 0) {
    return found
  }
  const coverless = groups.map((group) => ({
    group,
    first: group.patches[0],
    absent: absentForAll(group, known, ancestors),
  }))
  for (const { message, total, version, minor } of asking) {
    const meant = coverless.filter(
      ({ first, absent }) =>
        first?.total === total &&
        first.subject.version === version &&
        first.subject.minor === minor &&
        absentIds(message, known, ancestors).some((id) => absent.has(id)),
    )
    const [only, other] = meant
    if (only !== undefined && other === undefined) {
      found.set(only.group, [...(found.get(only.group) ?? []), message])
    }
  }
  return found
}

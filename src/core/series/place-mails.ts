import { groupBy } from '../group-by.ts'
import type { MessageId } from '../ids.ts'
import type { Message } from '../message.ts'
import type { Ancestors } from './ancestors.ts'
import type { SeriesParts } from './build-series.ts'
import { findUnnumberedCovers } from './find-cover.ts'
import type { SeriesGroup } from './gather-series.ts'
import { compareMessages } from './message-order.ts'
import { repliesToMissingCovers } from './missing-cover.ts'
import { isReplyToCover } from './other-mail.ts'
import type { Candidate } from './series-candidate.ts'

export interface PlacedMails {
  readonly parts: readonly SeriesParts[]
  /** Covers without any patch. */
  readonly lonelyCovers: ReadonlyMap<MessageId, Candidate>
  /** The mails that are no part of a series: lonely covers, replies, and what has nothing to do with patches. */
  readonly outside: readonly Message[]
}

/** The mails of `outside` by the nearest mail above them that is one of `places`. */
function repliesByPlace(
  outside: readonly Message[],
  places: ReadonlySet<MessageId>,
  ancestors: Ancestors,
): ReadonlyMap<MessageId | null, readonly Message[]> {
  const placeOf = new Map<MessageId, MessageId | null>()
  for (const message of outside) {
    let place: MessageId | null = null
    for (const { messageId } of ancestors(message, (above) => placeOf.has(above.messageId))) {
      place = places.has(messageId) ? messageId : (placeOf.get(messageId) ?? null)
      if (place !== null) {
        break
      }
    }
    placeOf.set(message.messageId, place)
  }
  return groupBy(outside, ({ messageId }) => placeOf.get(messageId) ?? null)
}

function ownMessages(group: SeriesGroup, cover: Message | null): readonly Message[] {
  const patches = group.patches.map(({ message }) => message)
  return cover === null ? patches : [cover, ...patches]
}

/** Gives each series its cover and its replies, and tells what is left. `messages` are all of the thread, oldest first. */
export function placeMails(
  messages: readonly Message[],
  groups: readonly SeriesGroup[],
  candidates: ReadonlyMap<MessageId, Candidate>,
  ancestors: Ancestors,
): PlacedMails {
  const whole = groups.filter(({ patches }) => patches.length > 0)
  const bareCovers = findUnnumberedCovers(whole, candidates, ancestors)
  const placed = whole.map((group) => {
    const cover = group.cover?.message ?? bareCovers.get(group) ?? null
    return { group, cover, own: ownMessages(group, cover) }
  })
  const covers = new Set(placed.map(({ cover }) => cover))
  const lonely = groups.flatMap(({ cover, patches }) =>
    cover === null ||
    patches.length > 0 ||
    covers.has(cover.message) ||
    isReplyToCover(cover, candidates, ancestors)
      ? []
      : [cover],
  )
  const lonelyCovers = new Map(lonely.map((cover) => [cover.message.messageId, cover]))
  const ownIds = new Set(placed.flatMap(({ own }) => own.map(({ messageId }) => messageId)))
  const outside = messages.filter(({ messageId }) => !ownIds.has(messageId))
  const places = new Set([...ownIds, ...lonelyCovers.keys()])
  const repliesTo = repliesByPlace(outside, places, ancestors)
  const toMissingCover = repliesToMissingCovers(
    placed.flatMap(({ group, cover }) => (cover === null ? [group] : [])),
    repliesTo.get(null) ?? [],
    new Set(messages.map(({ messageId }) => messageId)),
    ancestors,
  )
  const parts = placed.flatMap(({ group, cover }): readonly SeriesParts[] => {
    const [first, ...rest] = group.patches
    const coverReplies =
      (cover === null ? toMissingCover.get(group) : repliesTo.get(cover.messageId)) ?? []
    const patchReplies = group.patches.flatMap(
      ({ message }) => repliesTo.get(message.messageId) ?? [],
    )
    return first === undefined
      ? []
      : [
          {
            group,
            patches: [first, ...rest],
            cover,
            replies: [...coverReplies, ...patchReplies].toSorted(compareMessages),
            coverReplies,
            repliesTo,
          },
        ]
  })
  return { parts, lonelyCovers, outside }
}

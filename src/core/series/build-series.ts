import type { MessageId } from '../ids.ts'
import { effectiveDate, type Message } from '../message.ts'
import type { Problem } from '../problem.ts'
import { type Ancestors, referredIds } from './ancestors.ts'
import { collectTrailers } from './collect-trailers.ts'
import type { SeriesGroup } from './gather-series.ts'
import type { Series, SeriesPatch } from './series.ts'
import type { Candidate } from './series-candidate.ts'
import { readSubject } from './subject.ts'

/** What `git format-patch --cover-letter` leaves for a person to replace. */
const emptyTitles = new Set(['', '*** SUBJECT HERE ***'])

/** One version, with what else its thread says of it. */
export interface SeriesParts {
  readonly group: SeriesGroup
  readonly patches: readonly [Candidate, ...Candidate[]]
  /** Numbered or not. */
  readonly cover: Message | null
  /** The other mails that answer it, oldest first. */
  readonly replies: readonly Message[]
  /** Those to the cover, or to one that never arrived: what they give is given to every patch. */
  readonly coverReplies: readonly Message[]
  /** Replies by the own mail that each answers. */
  readonly repliesTo: ReadonlyMap<MessageId | null, readonly Message[]>
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)]
}

function uniqueProblems(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((one) => [`${one.code} ${one.message}`, one])).values()]
}

function titleOf({ message, subject }: Candidate): string {
  return message.patch?.title.trim() || subject.title
}

function nameOf(cover: Message | null, first: Candidate): string {
  const title = cover === null ? '' : readSubject(cover.subject).title
  return emptyTitles.has(title) ? titleOf(first) : title
}

/**
 * Ids that the own mails refer to, own mails of other series that only a chain of replies leads to, and what is
 * superseded: by each of them an older version can be found.
 */
function answeredIds(
  own: readonly Message[],
  superseded: readonly MessageId[],
  candidates: ReadonlyMap<MessageId, Candidate>,
  ancestors: Ancestors,
): readonly MessageId[] {
  const ids = own.flatMap((message) => {
    // Beyond a mail of a series lies what that series answers itself.
    const above = [...ancestors(message, ({ messageId }) => candidates.has(messageId))]
    const found = above.map(({ messageId }) => messageId).filter((id) => candidates.has(id))
    return [...referredIds(message), ...found]
  })
  const ownIds = new Set(own.map(({ messageId }) => messageId))
  return unique([...ids, ...superseded]).filter((id) => !ownIds.has(id))
}

function numberProblems(parts: SeriesParts, total: number): readonly Problem[] {
  const above = parts.patches.filter(({ number }) => number > total)
  return [
    ...above.map(({ number, message }) => ({
      code: 'number-above-total',
      message: `${message.messageId} is number ${number} of ${total}`,
    })),
    ...(parts.group.isContested
      ? [
          {
            code: 'number-claimed-twice',
            message:
              'other mails of this thread have the same numbers; only titles and times tell the series apart',
          },
        ]
      : []),
  ]
}

function baseProblems(own: readonly Message[]): readonly Problem[] {
  const bases = unique(own.flatMap(({ baseCommit }) => baseCommit ?? []))
  return bases.length < 2
    ? []
    : [{ code: 'base-commits-differ', message: `its mails name ${bases.join(' and ')}` }]
}

function mailProblems(own: readonly Message[]): readonly Problem[] {
  return own.flatMap(({ messageId, problems }) =>
    problems.map(({ code, message }) => ({ code, message: `${messageId}: ${message}` })),
  )
}

/** The numbers up to `total` that are not there. */
function missingNumbers(patches: readonly { readonly number: number }[], total: number): number[] {
  const present = new Set(patches.map(({ number }) => number))
  return Array.from({ length: total }, (_, index) => index + 1).filter((at) => !present.has(at))
}

/** Puts one version together from its mails. */
export function buildSeries(
  parts: SeriesParts,
  candidates: ReadonlyMap<MessageId, Candidate>,
  ancestors: Ancestors,
): Series {
  const { cover, patches } = parts
  const [first] = patches
  const { total } = first
  const own = [...(cover === null ? [] : [cover]), ...patches.map(({ message }) => message)]
  const ownIds = new Set(own.map(({ messageId }) => messageId))
  const said = [...own, ...parts.replies]
  const coverSubject = cover === null ? null : readSubject(cover.subject)
  const head = coverSubject?.statesVersion === true ? coverSubject : first.subject
  const collected = patches.map((patch) => ({
    patch,
    ...collectTrailers(patch.message.trailers, [
      ...parts.coverReplies,
      ...(parts.repliesTo.get(patch.message.messageId) ?? []),
    ]),
  }))
  const missing = missingNumbers(patches, total)
  const supersedes = unique(said.flatMap((mail) => mail.supersedes)).filter((id) => !ownIds.has(id))
  return {
    anchor: (cover ?? first.message).messageId,
    version: head.version,
    minor: head.minor,
    total,
    complete: missing.length === 0,
    name: nameOf(cover, first),
    submitter: (cover ?? first.message).submitter,
    prefixes: coverSubject?.namesPatch === true ? coverSubject.prefixes : first.subject.prefixes,
    cover: cover?.messageId ?? null,
    patches: collected.map(
      ({ patch, trailers }): SeriesPatch => ({
        number: patch.number,
        messageId: patch.message.messageId,
        subject: titleOf(patch),
        patchId: patch.message.patch?.patchId ?? null,
        trailers,
      }),
    ),
    missing,
    replies: parts.replies.map(({ messageId }) => messageId),
    composedFrom: null,
    baseCommit: own.find(({ baseCommit }) => baseCommit !== null)?.baseCommit ?? null,
    prerequisitePatchIds: unique(own.flatMap((mail) => mail.prerequisitePatchIds)),
    dependsOn: unique(said.flatMap((mail) => mail.dependsOn)).filter((id) => !ownIds.has(id)),
    supersedes,
    changeId: own.find(({ changeId }) => changeId !== null)?.changeId ?? null,
    pull: cover?.pull ?? null,
    answers: answeredIds(own, supersedes, candidates, ancestors),
    startedAt: new Date(Math.min(...own.map((mail) => effectiveDate(mail).getTime()))),
    problems: uniqueProblems([
      ...numberProblems(parts, total),
      ...baseProblems(own),
      ...mailProblems(own),
      ...collected.flatMap(({ problems }) => problems),
    ]),
  }
}

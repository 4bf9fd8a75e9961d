import type { MessageId, Sha, TopicId } from '../ids.ts'
import type { Mailbox, PullFacts } from '../message.ts'
import type { Problem } from '../problem.ts'
import type { GivenTrailer } from './trailer.ts'

export interface SeriesPatch {
  /** Position n in `[PATCH n/total]`, from 1. */
  readonly number: number
  readonly messageId: MessageId
  /** The subject without its bracket prefixes. */
  readonly subject: string
  readonly patchId: string | null
  /** Trailers found in replies. */
  readonly trailers: readonly GivenTrailer[]
}

/** One version (reroll) of a patch set: `[PATCH v3 n/4]`. */
export interface Series {
  /** The mail that names it: the cover, or the lowest-numbered patch where there is none. */
  readonly anchor: MessageId
  readonly version: number
  /** 1 of `v5.1`, else 0. */
  readonly minor: number
  /** Null only where nothing states it. */
  readonly total: number | null
  /** Numbers 1 to `total` are all there. */
  readonly complete: boolean
  readonly name: string
  readonly submitter: Mailbox
  /** Bracket words without PATCH, version and counter, in order. */
  readonly prefixes: readonly string[]
  readonly cover: MessageId | null
  /** In series order; of a composed version all patches, old and new. */
  readonly patches: readonly SeriesPatch[]
  readonly missing: readonly number[]
  /** The other mails of the series, oldest first. */
  readonly replies: readonly MessageId[]
  /** The mails of all its patches, new and taken over, when it answers single patches of an older version. */
  readonly composedFrom: readonly MessageId[] | null
  readonly baseCommit: Sha | null
  readonly prerequisitePatchIds: readonly string[]
  readonly dependsOn: readonly MessageId[]
  readonly supersedes: readonly MessageId[]
  readonly changeId: string | null
  readonly pull: PullFacts | null
  /**
   * Ids its cover and patches refer to, directly or through replies, and those it supersedes: an older version is
   * found by them.
   */
  readonly answers: readonly MessageId[]
  /** Effective date of the earliest of its own mails. */
  readonly startedAt: Date
  readonly problems: readonly Problem[]
}

export type LinkRule = 'change-id' | 'supersedes' | 'reply' | 'patch-id' | 'subject' | 'manual'

/** A series and the topic it belongs to. */
export interface LinkedSeries {
  readonly series: Series
  readonly topic: TopicId
  /** Null for the first of its topic. */
  readonly linkedBy: LinkRule | null
}

/** A mail that is no part of a series. */
export interface OtherMail {
  readonly messageId: MessageId | null
  readonly kind: 'reply' | 'pull-request' | 'cover-only' | 'not-a-patch' | 'unreadable'
  readonly reason: string
}

/**
 * What a person said about links and membership, oldest first: of two words about one mail the last one holds. Applied
 * before any rule.
 */
export interface Corrections {
  /** The series that this mail is part of is a version of `topic`; null: of the one that the rules find. */
  readonly links: readonly { readonly mail: MessageId; readonly topic: TopicId | null }[]
  /**
   * This mail is part of the series that `to` is part of; where that is the mail itself, it opens a series of its own;
   * null: it belongs where the rules say.
   */
  readonly places: readonly { readonly mail: MessageId; readonly to: MessageId | null }[]
}

export const noCorrections: Corrections = { links: [], places: [] }

/** `2`, or `5.1` with a minor version. */
export function versionText(series: Pick<Series, 'version' | 'minor'>): string {
  return series.minor === 0 ? `${series.version}` : `${series.version}.${series.minor}`
}

/** The cover, where there is one, and the patches: the mails that are the series. */
export function ownMails(series: Pick<Series, 'cover' | 'patches'>): readonly MessageId[] {
  const patches = series.patches.map((patch) => patch.messageId)
  return series.cover === null ? patches : [series.cover, ...patches]
}

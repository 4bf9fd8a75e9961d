import type { MessageId, RefName, Sha } from '../ids.ts'
import type { Mailbox } from '../message.ts'
import type { MailingList } from '../project.ts'
import type { TestedState } from '../report/report.ts'
import type { ClosingReason } from './desired-pull-request.ts'

/** The series that another one is built on, as its pull request tells it. */
export interface StoryParent {
  /** Null where it has no pull request. */
  readonly number: number | null
  readonly name: string
  /** The version of it that is below. */
  readonly version: string
  /** The one that is published now, where that is newer. */
  readonly newer: string | null
}

/** Everything that title and body of a pull request tell. */
export interface PullRequestStory {
  readonly project: string
  readonly list: MailingList
  /** `2`, or `5.1`. */
  readonly version: string
  readonly name: string
  readonly prefixes: readonly string[]
  readonly submitter: Mailbox
  /** The cover, or the first patch where there is none. */
  readonly anchor: MessageId
  /** What that mail says; of a patch its commit message. */
  readonly text: string
  readonly patches: readonly {
    readonly number: number
    readonly subject: string
    readonly messageId: MessageId
  }[]
  readonly tested: TestedState
  readonly dependsOn: StoryParent | null
  /** The number of the one that was closed before. */
  readonly replaces: number | null
}

/** What a comment tells of a version that moved the pull request. */
export interface VersionNews
  extends Pick<PullRequestStory, 'list' | 'version' | 'anchor' | 'tested'> {
  /** The version that it showed before; the same where that was applied anew. */
  readonly previous: string
  /** It has no mail in common with what was shown before under the same number: people linked it. */
  readonly isOtherSeries: boolean
  /** Both versions have a cover letter, and not the same one. */
  readonly isCoverChanged: boolean
  /** As git prints it; null where there is none. */
  readonly rangeDiff: string | null
}

/** What a comment tells of a version that is not shown. */
export interface BlockedVersion extends Pick<PullRequestStory, 'list' | 'version' | 'anchor'> {
  readonly state: 'conflict' | 'base-missing' | 'held' | 'problem'
  /** The version that is shown meanwhile. */
  readonly shown: string
  readonly conflict: { readonly number: number; readonly paths: readonly string[] } | null
  readonly holds: readonly string[]
  /** What a comment can release; null where there is nothing. */
  readonly head: Sha | null
}

/** What the last comment tells. */
export interface Closing {
  readonly reason: ClosingReason
  /** Of `merged`: where its patches are; null where that is not known. */
  readonly branch: RefName | null
  /** Of `withdrawn`: what the person said; empty where nothing. */
  readonly why: string
  /** Of `superseded`: the pull request that shows its last version now; null where there is none. */
  readonly successor: number | null
}

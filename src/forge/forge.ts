import type { Check } from '../core/check.ts'
import type { ForgeEvent } from '../core/forge-event.ts'
import type { RefName, Sha } from '../core/ids.ts'
import type { PullRequest } from '../core/pull-request.ts'

/** What differs between forges, asked as data: nobody asks which forge it is. */
export interface ForgeCapabilities {
  /** False for a plain git remote: the branch is all there is. */
  readonly pullRequests: boolean
  readonly draftPullRequests: boolean
  /** False where results come from our own tester alone. */
  readonly checks: boolean
  /** Longest pull request body or comment, in characters; 0 where there are none. */
  readonly maxBodyLength: number
}

export interface PullRequestSpec {
  readonly headRef: RefName
  readonly baseRef: RefName
  readonly title: string
  readonly body: string
  readonly draft: boolean
  readonly labels: readonly string[]
}

export interface Ensured<T> {
  readonly change: 'created' | 'updated' | 'unchanged'
  readonly value: T
}

/** One repository on one forge. Holds no per-call state: safe to share between jobs. */
export interface Forge {
  readonly repository: string
  readonly capabilities: ForgeCapabilities
  /**
   * Finds the open pull request by head ref and creates or edits it to match `spec`. Calling twice changes
   * nothing. Throws FORGE_UNSUPPORTED where `capabilities.pullRequests` is false, as all below do.
   */
  ensurePullRequest(spec: PullRequestSpec, signal: AbortSignal): Promise<Ensured<PullRequest>>
  getPullRequest(number: number, signal: AbortSignal): Promise<PullRequest | null>
  closePullRequest(number: number, signal: AbortSignal): Promise<void>
  /** Finds by the hidden marker for `key` and creates or edits the comment. */
  ensureComment(
    number: number,
    key: string,
    body: string,
    signal: AbortSignal,
  ): Promise<Ensured<string>>
  /** Every check of exactly `sha`; none where `capabilities.checks` is false. */
  listChecks(sha: Sha, signal: AbortSignal): Promise<readonly Check[]>
}

/**
 * Turns one webhook delivery into an event. Throws FORGE_WEBHOOK_SIGNATURE when it is forged.
 * @public
 */
export interface WebhookReader {
  /** Null for an event the bot does not use. */
  read(
    headers: Readonly<Record<string, string | undefined>>,
    body: Uint8Array,
  ): Promise<ForgeEvent | null>
}

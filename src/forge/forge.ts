import type { Check } from '../core/checks/check.ts'
import type { CheckLog } from '../core/checks/check-log.ts'
import type { RefName, Sha } from '../core/ids.ts'
import type { ForgeComment, ForgePermission } from '../core/pull-request/forge-comment.ts'
import type { ForgeEvent } from '../core/pull-request/forge-event.ts'
import type { PullRequest } from '../core/pull-request/pull-request.ts'
import type { Review, ReviewDraft } from '../core/pull-request/review.ts'

/** What differs between forges, and between versions of one, asked as data: nobody asks which forge it is. */
export interface ForgeCapabilities {
  /** False for a plain git remote: the branch is all there is. */
  readonly pullRequests: boolean
  readonly draftPullRequests: boolean
  /** Pull requests are made by a push to `refs/for/<base>/<topic>`, without a branch. */
  readonly agit: boolean
  /**
   * The CI of a pull request takes its workflows from the merge of head and base; where it is false, from the head alone, so
   * that what is only on the base does not count.
   */
  readonly ciReadsMerge: boolean
  /** Folders of a commit that the forge's own CI takes workflows from: the first that is there counts. Empty without one. */
  readonly workflowFolders: readonly string[]
  /**
   * Workflows of the event `pull_request_target` are taken from the base branch of a pull request. They run with whatever
   * secrets the repository gives to CI.
   */
  readonly ciReadsTarget: boolean
  /** False where results come from our own tester alone. */
  readonly checks: boolean
  /** `readLog` finds the logs of the forge's own CI. */
  readonly jobLogs: boolean
  readonly reviews: boolean
  /** A remark can answer another one; elsewhere remarks on the same lines are a thread. */
  readonly reviewReplies: boolean
  /** Checks can be run again from here. */
  readonly rerun: boolean
  /** `listChecks` knows when CI waits for a person. */
  readonly approvals: boolean
  /** Longest pull request body or comment, in characters; 0 where there are none. */
  readonly maxBodyLength: number
}

export interface PullRequestSpec {
  readonly headRef: RefName
  readonly baseRef: RefName
  readonly title: string
  readonly body: string
  readonly draft: boolean
  /** All labels of ours (`labelPrefix`) that it shall have; those of people are left alone. */
  readonly labels: readonly string[]
  /**
   * Its number, where the caller knows it; null where the caller knows that there is none, which saves the look for it. Left
   * out: it is looked for. An open one of this head and base is found in any case.
   */
  readonly number?: number | null
}

/** What of an open pull request shall be otherwise. */
export type PullRequestChange = Partial<Omit<PullRequestSpec, 'headRef' | 'number'>>

export interface Ensured<T> {
  readonly change: 'created' | 'updated' | 'unchanged'
  readonly value: T
}

/** What of CI is known of one commit. */
export interface CommitChecks {
  /** The last word of each context. */
  readonly checks: readonly Check[]
  /** CI was asked to run and waits for a person; the page where that is said. Null where it does not. */
  readonly approvalUrl: string | null
}

/** What came of the wish to have the red checks of a commit run again, by their contexts. */
export interface Rerun {
  readonly started: readonly string[]
  /** They stay red: only who reported them can run them again. */
  readonly left: readonly string[]
}

/** What was used of the limits of an account. */
export interface ForgeUsage {
  /** Requests made by this process. */
  readonly calls: number
  /** Of them, those that the forge answered with "not modified". */
  readonly unmodified: number
  /** Null where the forge does not tell. */
  readonly remaining: number | null
  readonly resetAt: Date | null
}

/** One thing that `doctor` looked at. */
export interface ForgeFinding {
  readonly what: string
  readonly level: 'ok' | 'warning' | 'failing'
  readonly message: string
  /** What to do; null where nothing is wrong. */
  readonly remedy: string | null
}

/**
 * One repository on one forge. Holds no state of any pull request: safe to share between jobs. What `capabilities` deny is
 * refused with FORGE_UNSUPPORTED. All of it throws FORGE_UNREACHABLE (try later), FORGE_RATE_LIMITED (try later, with
 * `details.resetAt`), FORGE_FORBIDDEN and FORGE_NOT_FOUND (a person has to mend it), FORGE_BAD_REQUEST (never again as it is).
 */
export interface Forge {
  /** `owner/name`, as the forge writes it in events. */
  readonly repository: string
  readonly capabilities: ForgeCapabilities
  /**
   * Finds the open pull request by head ref and creates or edits it to match `spec`. Calling twice changes nothing, also when
   * the first call died after the forge had done its part. Costs two requests where nothing is there yet and `number` is null.
   */
  ensurePullRequest(spec: PullRequestSpec, signal: AbortSignal): Promise<Ensured<PullRequest>>
  /**
   * Edits an open pull request, which is `seen` as it was a moment ago: only what is given and differs, without looking it up.
   * Of `labels` those without `labelPrefix` are left alone.
   */
  editPullRequest(
    seen: PullRequest,
    change: PullRequestChange,
    signal: AbortSignal,
  ): Promise<Ensured<PullRequest>>
  getPullRequest(number: number, signal: AbortSignal): Promise<PullRequest | null>
  /** Every pull request of this head into this repository, whatever its state, newest first. */
  findPullRequests(headRef: RefName, signal: AbortSignal): Promise<readonly PullRequest[]>
  /**
   * All open ones whose head is where ours are, oldest first: what a reconcile pass compares. Those from elsewhere are no
   * business of ours, whatever their branch is called. Asks conditionally where the forge can.
   */
  openPullRequests(signal: AbortSignal): Promise<readonly PullRequest[]>
  closePullRequest(number: number, signal: AbortSignal): Promise<void>
  /** Finds by the hidden marker for `key` and creates or edits the comment; its id. */
  ensureComment(
    number: number,
    key: string,
    body: string,
    signal: AbortSignal,
  ): Promise<Ensured<string>>
  /** Oldest first; those written or edited after `since` where it is given. */
  listComments(
    number: number,
    since: Date | null,
    signal: AbortSignal,
  ): Promise<readonly ForgeComment[]>
  permissionOf(login: string, signal: AbortSignal): Promise<ForgePermission>
  /** Every check of exactly `sha`; none where `capabilities.checks` is false. */
  listChecks(
    sha: Sha,
    signal: AbortSignal,
    /** Results of these origins may be left out, where that saves a request. */
    unwanted?: readonly Check['origin'][],
  ): Promise<CommitChecks>
  /** Why a red check is red, at most `maxBytes` of its log. Null where nothing can be had. */
  readLog(check: Check, maxBytes: number, signal: AbortSignal): Promise<CheckLog | null>
  /** Lets the forge run the red checks of this commit again. What was begun again by then is neither started nor left. */
  rerunChecks(sha: Sha, signal: AbortSignal): Promise<Rerun>
  /** Says a result of ours on the commit, as a commit status; the same again changes nothing that anybody sees. */
  setStatus(check: Check, signal: AbortSignal): Promise<void>
  /** Submitted ones, oldest first, with their remarks. Remarks made singly are reviews of their own. */
  listReviews(number: number, signal: AbortSignal): Promise<readonly Review[]>
  /**
   * Finds by the hidden marker for `key`, or submits the review: as a comment, never as a vote. `bad-anchor`: a remark lies
   * outside the diff, and nothing was written.
   */
  ensureReview(
    number: number,
    key: string,
    draft: ReviewDraft,
    signal: AbortSignal,
  ): Promise<Ensured<string> | { readonly change: 'bad-anchor' }>
  /** Answers a remark, once for each key; the id of the answer. Where `capabilities.reviewReplies` is false, on the same lines. */
  ensureReply(
    number: number,
    commentId: string,
    key: string,
    body: string,
    signal: AbortSignal,
  ): Promise<Ensured<string>>
  usage(): ForgeUsage
  /** Whether account, repository and permissions are such that all of the above can be done. Never throws for what is wrong. */
  examine(signal: AbortSignal): Promise<readonly ForgeFinding[]>
  /** `Authorization` for git over HTTP now; an App's changes every hour. Null where none is needed. */
  gitAuthorization(of: 'repository' | 'heads', signal: AbortSignal): Promise<string | null>
}

/**
 * Turns one webhook delivery into an event. Throws FORGE_WEBHOOK_SIGNATURE when it is forged.
 * @public
 */
export interface WebhookReader {
  /** Null for an event the bot does not use. Tolerates fields that it does not know, and the lack of those it does not need. */
  read(
    headers: Readonly<Record<string, string | undefined>>,
    body: Uint8Array,
  ): Promise<ForgeEvent | null>
}

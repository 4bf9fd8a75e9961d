import type { PullRequest } from '../../core/pull-request/pull-request.ts'
import type { PullRequestRecord } from '../../core/pull-request/pull-request-record.ts'
import type { Job } from '../../store/store.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { closingKeyStart } from './comment-on-pull-request.ts'
import { adoptPullRequest, closedBy, findPullRequest } from './find-pull-request.ts'
import type { PullRequestLook } from './look-at-pull-request.ts'
import { isLost, lostRule } from './lost-pull-request.ts'
import type { ToldPullRequest } from './tell-pull-request.ts'

/** What the forge is asked about. */
interface ForgeLook {
  readonly job: Job
  readonly look: PullRequestLook
  readonly project: ProjectPorts
  readonly ports: FlowPorts
  readonly signal: AbortSignal
}

/** What became of it since, as the forge has it; one that is gone was closed by somebody. */
async function asSeen(
  { look, project, signal }: ForgeLook,
  known: PullRequestRecord,
  seen: PullRequest | null,
): Promise<PullRequestRecord> {
  const state = seen?.state ?? 'closed'
  if (state === known.state) {
    return known
  }
  if (seen !== null && look.restoredAt !== null && known.updatedAt <= look.restoredAt) {
    // What we wrote last may have been forgotten: the forge knows.
    return { ...known, state, closedBy: await closedBy(seen, look.topic, project, signal) }
  }
  const isOurs = known.comments.some((key) => key.startsWith(closingKeyStart(known.topic)))
  return { ...known, state, closedBy: state === 'open' ? null : isOurs ? 'us' : 'person' }
}

/** The record as the forge has it now, and the pull request itself where one is there. */
export async function lookOnForge(
  turn: ForgeLook,
  told: ToldPullRequest | null,
): Promise<
  | { readonly known: PullRequestRecord | null; readonly seen: PullRequest | null }
  | { readonly lost: PullRequestRecord }
> {
  const { job, look, project, ports, signal } = turn
  const { known } = look.facts
  if (known !== null) {
    const isAsked = known.state === 'open' || known.hintedAt !== null
    const found = isAsked ? await project.forge.getPullRequest(known.number, signal) : null
    if (isAsked && (await isLost(known, found, project, signal))) {
      return { lost: known }
    }
    // Numbers that were lost are given again: it may be of something else by now.
    const seen = found?.headRef === known.headRef ? found : null
    return { known: isAsked ? await asSeen(turn, known, seen) : known, seen }
  }
  // What a rebuild found on the mirror may have its pull request already.
  const wasPushedHere = look.decisions.some(
    ({ at, rule, inputs }) =>
      rule === 'pushed' &&
      inputs['from'] === undefined &&
      (look.restoredAt === null || at > look.restoredAt),
  )
  const wasLost = look.decisions.some(({ rule }) => rule === lostRule)
  const isNew = job.attempt === 1 && wasPushedHere && !wasLost
  if (isNew || told === null || look.shown === null) {
    return { known: null, seen: null }
  }
  const seen = await findPullRequest(look.topic, project, signal)
  return seen === null
    ? { known: null, seen }
    : {
        known: await adoptPullRequest(seen, look, look.shown, told.face, project, ports, signal),
        seen,
      }
}

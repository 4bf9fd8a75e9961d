import type { Sha } from '../../core/ids.ts'
import type { Rerun } from '../forge.ts'
import type { CheckRunData, WorkflowRunData } from './check-data.ts'
import { readCheckRuns, readStatuses, readWorkflowRuns } from './checks.ts'
import { allPages, type GithubRepository, perPage } from './github-repository.ts'
import { parseLogId } from './log-id.ts'
import { instead } from './to-bot-error.ts'
import { toChecks } from './to-checks.ts'

/** What a red check belongs to, and what is run again as one. */
type Begun =
  | { readonly kind: 'workflow-run'; readonly id: number }
  | { readonly kind: 'check-suite'; readonly id: number }

interface Known {
  readonly checkRuns: readonly CheckRunData[]
  readonly workflowRuns: readonly WorkflowRunData[]
}

/** Null for a commit status, which only who wrote it can write anew. */
function wholeOf(
  { logId, context }: { readonly logId?: string | null; readonly context: string },
  { checkRuns, workflowRuns }: Known,
): Begun | null {
  const place = parseLogId(logId ?? '')
  const suite = checkRuns.find(({ id }) => id === place?.id)?.check_suite?.id
  const run = workflowRuns.find((one) =>
    place === null
      ? (one.name ?? `workflow ${one.workflow_id}`) === context
      : one.check_suite_id === suite,
  )
  if (run !== undefined) {
    return { kind: 'workflow-run', id: run.id }
  }
  return suite === undefined ? null : { kind: 'check-suite', id: suite }
}

/** Suites of other apps that are at their end: of the others somebody has wished it already. */
async function endedSuites(
  { octokit, where }: GithubRepository,
  sha: Sha,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const pages = await allPages(async (page) => {
    const { data, headers } = await octokit.rest.checks.listSuitesForRef({
      ...where,
      ref: sha,
      per_page: perPage,
      page,
      request: { signal },
    })
    return { data: data.check_suites, headers }
  })
  return new Set(pages.flat().flatMap(({ id, status }) => (status === 'completed' ? [id] : [])))
}

async function begin(
  { octokit, where, log }: GithubRepository,
  { kind, id }: Begun,
  signal: AbortSignal,
): Promise<boolean> {
  const request = { signal }
  const asked =
    kind === 'workflow-run'
      ? octokit.rest.actions.reRunWorkflowFailedJobs({ ...where, run_id: id, request })
      : octokit.rest.checks.rerequestSuite({ ...where, check_suite_id: id, request })
  return await asked
    .then(() => true)
    // Too old, begun a moment ago, or of an app that does not let us.
    .catch(instead('FORGE_FORBIDDEN', false))
    .catch(instead('FORGE_NOT_FOUND', false))
    .catch(instead('FORGE_BAD_REQUEST', false))
    .then((isBegun) => {
      if (!isBegun) {
        log.warn({ [kind]: id }, 'github does not run a check again')
      }
      return isBegun
    })
}

/**
 * See `Forge.rerunChecks`: red jobs of Actions, and the check suites of other apps, which need `checks: write` and an app that
 * heeds it. Three requests to look, one more where there are suites, and one for each workflow run or suite.
 */
export async function rerunChecks(
  github: GithubRepository,
  sha: Sha,
  signal: AbortSignal,
): Promise<Rerun> {
  const checkRuns = await readCheckRuns(github, sha, signal)
  if (checkRuns === null) {
    return { started: [], left: [] }
  }
  const statuses = await readStatuses(github, sha, signal)
  const workflowRuns = await readWorkflowRuns(github, sha, signal)
  const red = toChecks(sha, checkRuns, statuses, workflowRuns)
    .filter(({ state }) => state === 'failure' || state === 'error' || state === 'cancelled')
    .map((check) => ({
      context: check.context,
      whole: check.origin === 'commit-status' ? null : wholeOf(check, { checkRuns, workflowRuns }),
    }))
  const ended = red.some(({ whole }) => whole?.kind === 'check-suite')
    ? await endedSuites(github, sha, signal)
    : new Set<number>()
  const begun = new Map<string, boolean>()
  const started: string[] = []
  const left: string[] = []
  for (const { context, whole } of red) {
    if (whole === null) {
      left.push(context)
      continue
    }
    if (whole.kind === 'check-suite' && !ended.has(whole.id)) {
      continue
    }
    const key = `${whole.kind} ${whole.id}`
    const isBegun = begun.get(key) ?? (await begin(github, whole, signal))
    begun.set(key, isBegun)
    ;(isBegun ? started : left).push(context)
  }
  return { started, left }
}

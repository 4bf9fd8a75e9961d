import { BotError } from '../../core/bot-error.ts'
import type { Check } from '../../core/checks/check.ts'
import type { Sha } from '../../core/ids.ts'
import type { Forge } from '../forge.ts'
import { combinedAnswer, repositoryAnswer, type StatusAnswer } from './answers.ts'
import { jobPlace, readStatus, writeState } from './read-status.ts'
import type { RepositoryAccess } from './repository-access.ts'
import { isRunAt, listRuns, needsApproval } from './runs.ts'

const maxDescriptionLength = 250

/**
 * Commit statuses are what every CI reports to, the server's own too: one for each job, called
 * `<workflow> / <job> (<event>)`. Runs are asked for only to learn who waits for a person.
 */
export function openChecks(
  access: RepositoryAccess,
): Pick<Forge, 'listChecks' | 'setStatus' | 'rerunChecks'> {
  const { client, path, url, dialect } = access

  /** The last word of each context: the server sorts that out. */
  async function listStatuses(sha: Sha, signal: AbortSignal): Promise<readonly StatusAnswer[]> {
    const statuses = await client.listIn(
      `${path}/commits/${sha}/status`,
      combinedAnswer,
      (answer) => answer.statuses,
      { also: [404] },
      signal,
    )
    if (statuses === null) {
      // An unknown commit has no checks; an unknown repository is a fault.
      await client.get(path, repositoryAnswer, signal)
    }
    return statuses ?? []
  }

  return {
    async listChecks(sha, signal) {
      const statuses = await listStatuses(sha, signal)
      const checks = statuses.map((status) => readStatus(status, sha, url))
      const waiting = checks.filter(({ origin, state }) => isOwn(origin) && state === 'pending')
      const runs =
        checks.length > 0 && waiting.length === 0 ? [] : await listRuns(access, sha, signal)
      const held = runs.filter((run) => needsApproval(run, access))
      return {
        checks: checks.map((check) => {
          const place = jobPlace(check.targetUrl)
          const run = runs.find((one) => place !== null && isRunAt(one, place.run))
          const isHeld = run !== undefined && held.includes(run) && waiting.includes(check)
          return {
            ...check,
            ...(isHeld ? { state: 'approval-needed' as const } : {}),
            ...(run?.run_attempt ? { attempt: run.run_attempt } : {}),
          }
        }),
        approvalUrl: held[0]?.html_url ?? null,
      }
    },
    async setStatus(check, signal) {
      const body = {
        state: writeState(check.state),
        context: check.context,
        description: check.summary.slice(0, maxDescriptionLength),
        ...(check.targetUrl === null ? {} : { target_url: check.targetUrl }),
      }
      await client.ask('POST', `${path}/statuses/${check.sha}`, { body }, signal)
    },
    async rerunChecks(sha, signal) {
      if (!dialect.rerun) {
        throw new BotError(
          'FORGE_UNSUPPORTED',
          `${dialect.product} ${dialect.version} runs no checks again`,
          {
            retry: 'never',
          },
        )
      }
      const statuses = await listStatuses(sha, signal)
      const red = statuses.map((status) => readStatus(status, sha, url)).filter(isRed)
      const jobs = red.filter(({ origin }) => isOwn(origin))
      const runs = jobs.length === 0 ? [] : await listRuns(access, sha, signal)
      const started = new Set<Check>()
      for (const run of runs) {
        const own = jobs.filter((job) => isRunAt(run, jobPlace(job.targetUrl)?.run ?? ''))
        if (own.length > 0) {
          await client.ask('POST', `${path}/actions/runs/${run.id}/rerun`, {}, signal)
          own.forEach((job) => started.add(job))
        }
      }
      return {
        started: [...started].map(({ context }) => context),
        left: red.filter((one) => !started.has(one)).map(({ context }) => context),
      }
    },
  }
}

function isOwn(origin: Check['origin']): boolean {
  return origin === 'actions-job'
}

function isRed({ state }: Check): boolean {
  return state === 'failure' || state === 'error' || state === 'cancelled'
}

import type { Check } from '../../core/checks/check.ts'
import type { Forge } from '../forge.ts'
import type { JobAnswer } from './answers.ts'
import { readStep, stepsInLog } from './log-steps.ts'
import { jobPlace } from './read-status.ts'
import type { RepositoryAccess } from './repository-access.ts'
import { isRunAt, listJobs, listRuns } from './runs.ts'

/** The log of a job of the server's own CI: its run by the commit, its job by the run, then the text. Three requests. */
export function openJobLogs(access: RepositoryAccess): Pick<Forge, 'readLog'> {
  const { client, path, dialect } = access
  return {
    async readLog(check, maxBytes, signal) {
      const place = check.origin === 'actions-job' ? jobPlace(check.targetUrl) : null
      if (place === null || dialect.jobs === null) {
        return null
      }
      const runs = await listRuns(access, check.sha, signal)
      const run = runs.find((one) => isRunAt(one, place.run))
      if (run === undefined) {
        return null
      }
      const job = findJob(await listJobs(access, run, signal), check, place.job)
      if (job === null) {
        return null
      }
      const tail = await client.tail(`${path}/actions/jobs/${job.id}/logs`, maxBytes, signal)
      const told = job.steps.map(readStep)
      return {
        steps: told.length > 0 ? told : stepsInLog(tail?.text ?? ''),
        annotations: [],
        text: tail?.text ?? null,
        isCut: tail?.isCut ?? false,
      }
    },
  }
}

/** By its own URL, else by its name in the context, else by its place in the list. */
function findJob(jobs: readonly JobAnswer[], check: Check, index: string | null): JobAnswer | null {
  const pathname = URL.parse(check.targetUrl ?? '')?.pathname ?? ''
  const byUrl = jobs.find(
    (job) => job.html_url !== '' && URL.parse(job.html_url)?.pathname === pathname,
  )
  const named = jobs.filter((job) => check.context.includes(` / ${job.name} (`))
  return byUrl ?? (named.length === 1 ? named[0] : jobs[Number(index ?? -1)]) ?? null
}

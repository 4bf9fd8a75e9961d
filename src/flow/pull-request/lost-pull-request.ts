import type { PullRequest } from '../../core/pull-request/pull-request.ts'
import type { PullRequestRecord } from '../../core/pull-request/pull-request-record.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'

/** What the decision is called by. */
export const lostRule = 'pull-request-lost'

/**
 * Whether the forge no longer knows this pull request, as after its database was set back: its number is nobody's, and no later
 * one is open, or it is that of another branch. One of several that is gone was deleted by a person.
 */
export async function isLost(
  known: PullRequestRecord,
  seen: PullRequest | null,
  { forge }: ProjectPorts,
  signal: AbortSignal,
): Promise<boolean> {
  if (known.state !== 'open') {
    return false
  }
  if (seen !== null) {
    return seen.headRef !== known.headRef
  }
  return !(await forge.openPullRequests(signal)).some(({ number }) => number > known.number)
}

/** Nobody knows what of this is still on the forge: whatever should be there is written again where it is not. */
function unsure(record: PullRequestRecord, at: Date): PullRequestRecord {
  const { labels, unsureLabels } = record.written
  const written = {
    title: null,
    body: null,
    draft: null,
    baseRef: null,
    labels,
    unsureLabels: [...new Set([...unsureLabels, ...labels])].sort(),
  }
  return { ...record, written, comments: [], hintedAt: at }
}

/**
 * Forgets a pull request that is lost, and what was written on the others of the project, which may be lost too; each is looked at
 * again. Another is opened, or an older one is found. Ends the job.
 */
export async function forgetLost(
  job: Job,
  known: PullRequestRecord,
  ports: Pick<FlowPorts, 'store' | 'clock' | 'log'>,
): Promise<void> {
  const { project, number, topic } = known
  ports.log.error({ project, topic, number }, 'the forge has lost a pull request: was it set back?')
  await finish(job, ports, async (tx) => {
    const now = ports.clock()
    await tx.removePullRequest(project, number)
    await tx.addDecision({
      at: now,
      messageId: null,
      topic,
      version: known.version,
      step: 'publish',
      rule: lostRule,
      inputs: { number },
      result: `#${number} is not on the forge any more: it is looked for, and opened again`,
    })
    for (const other of await tx.pullRequests({ project })) {
      if (other.written.title !== null) {
        await tx.savePullRequest(unsure(other, now))
        await tx.enqueue('pull', other.topic, now)
      }
    }
    await tx.enqueue('pull', topic, now)
  })
}

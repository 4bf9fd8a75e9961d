import type { TopicId } from '../../core/ids.ts'
import type { PullRequest } from '../../core/pull-request/pull-request.ts'
import type { PullRequestRecord } from '../../core/pull-request/pull-request-record.ts'
import type { Job, StoreTransaction } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject } from '../ports.ts'
import { noteCommentHint } from './hear-comments.ts'

/** The forge says that this pull request changed: it is looked at, whatever was written last. */
async function lookAgain(
  known: PullRequestRecord,
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<void> {
  await tx.savePullRequest({ ...known, hintedAt: ports.clock() })
  await tx.enqueue('pull', known.topic, ports.clock())
}

/** So long after we wrote on a pull request its webhooks are about that; what a person did just then is found by reconciling. */
const echoMs = 30_000

/**
 * What follows from a webhook that speaks of a pull request of this project; nothing where it is none of ours, or where we
 * wrote on it just now.
 */
export async function notePullRequestHint(
  project: string,
  number: number,
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<void> {
  for (const known of await tx.pullRequests({ project, number })) {
    if (ports.clock().getTime() - known.updatedAt.getTime() >= echoMs) {
      await lookAgain(known, ports, tx)
    }
  }
}

function isAsKnown(known: PullRequestRecord, open: readonly PullRequest[]): boolean {
  const seen = open.find(({ number }) => number === known.number)
  return seen !== undefined && seen.headSha === known.head
}

/** The topic that a series branch names; null for any other head. */
export function topicOfHead({ headRef }: Pick<PullRequest, 'headRef'>): TopicId | null {
  const id = /^refs\/heads\/series\/.*-(?<id>[0-9a-f]{12})$/.exec(headRef)?.groups?.['id']
  return id === undefined ? null : (id as TopicId)
}

async function wakeTopic(
  topic: TopicId,
  project: string,
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<void> {
  if ((await tx.topic(topic))?.project === project) {
    await tx.enqueue('pull', topic, ports.clock())
  }
}

/** Whose checks are waited for: looking costs no request where none is due. */
const testing = { states: ['testing'], limit: 1_000, offset: 0 } as const

/**
 * Compares what is open on the forge with what is open by our books, in one request, and wakes what differs: webhooks may be
 * lost. The job of a project.
 */
export async function reconcilePullRequests(
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const found = findProject(ports, job.key)
  if (found === null || !found.forge.capabilities.pullRequests) {
    await finish(job, ports)
    return
  }
  const project = found.project.name
  const open = await found.forge.openPullRequests(signal)
  await finish(job, ports, async (tx) => {
    for (const { topic, version } of await tx.topics({ ...testing, project })) {
      await tx.enqueue('collect', `${topic} ${version}`, ports.clock())
    }
    const known = await tx.pullRequests({ project })
    for (const one of known) {
      if (!isAsKnown(one, open)) {
        await lookAgain(one, ports, tx)
      }
      if ((await tx.topic(one.topic))?.state === 'held') {
        await noteCommentHint(project, one.number, ports, tx)
      }
    }
    for (const one of open) {
      const [record] = await tx.pullRequests({ project, number: one.number })
      const topic = topicOfHead(one)
      if (record !== undefined && record.state !== 'open') {
        await lookAgain(record, ports, tx)
      } else if (record === undefined && topic !== null) {
        await wakeTopic(topic, project, ports, tx)
      }
    }
  })
}

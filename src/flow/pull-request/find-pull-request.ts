import type { PullRequest } from '../../core/pull-request/pull-request.ts'
import { labelPrefix } from '../../core/pull-request/pull-request.ts'
import {
  type PullRequestFace,
  type PullRequestRecord,
  toWritten,
} from '../../core/pull-request/pull-request-record.ts'
import { seriesBranch } from '../../core/ref-name.ts'
import type { Topic } from '../../core/topic/topic.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { appliedHead } from '../publish/push-application.ts'
import { closingKeyStart } from './comment-on-pull-request.ts'
import type { PullRequestLook, ShownVersion } from './look-at-pull-request.ts'

/** Whether we closed it ourselves: our last comment says so. */
export async function closedBy(
  { number, state }: PullRequest,
  { topic }: Pick<Topic, 'topic'>,
  { forge }: ProjectPorts,
  signal: AbortSignal,
): Promise<PullRequestRecord['closedBy']> {
  if (state === 'open') {
    return null
  }
  const comments = await forge.listComments(number, null, signal)
  const start = closingKeyStart(topic)
  return comments.some(({ key }) => key?.startsWith(start) === true) ? 'us' : 'person'
}

/**
 * What is known of a pull request that was seen on the forge and not remembered: after a rebuild, or where we died before
 * anything was stored. Where it shows `face` for the head that it should have, that was written.
 */
export async function adoptPullRequest(
  seen: PullRequest,
  { topic, applications }: Pick<PullRequestLook, 'topic' | 'applications'>,
  shown: ShownVersion,
  face: PullRequestFace,
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'clock'>,
  signal: AbortSignal,
): Promise<PullRequestRecord> {
  const labels = seen.labels.filter((label) => label.startsWith(labelPrefix))
  const isCurrent = seen.headSha === shown.head
  const showing = applications.findLast((one) => appliedHead(one) === seen.headSha)
  return {
    project: project.project.name,
    number: seen.number,
    topic: topic.topic,
    url: seen.url,
    headRef: seen.headRef,
    state: seen.state,
    closedBy: await closedBy(seen, topic, project, signal),
    version: (showing ?? shown.application).version,
    head: seen.headSha,
    written: { ...toWritten(isCurrent ? face : seen), labels },
    comments: [],
    hintedAt: null,
    createdAt: ports.clock(),
    updatedAt: ports.clock(),
  }
}

/** The last pull request that was ever made for the topic, an open one before all others; null where there is none. */
export async function findPullRequest(
  { slug, topic }: Pick<Topic, 'slug' | 'topic'>,
  { forge }: ProjectPorts,
  signal: AbortSignal,
): Promise<PullRequest | null> {
  const found = await forge.findPullRequests(seriesBranch(slug, topic), signal)
  return found.find(({ state }) => state === 'open') ?? found[0] ?? null
}

import { BotError } from '../../core/bot-error.ts'
import type { Sha, TopicId } from '../../core/ids.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import { seriesBranch } from '../../core/ref-name.ts'
import type { Topic } from '../../core/topic/topic.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject, type ProjectPorts } from '../ports.ts'
import { updateTopic } from '../series/refresh-topic.ts'
import { newestPublished } from './newest-published.ts'
import { appliedHead } from './push-application.ts'

interface Look {
  readonly topic: Topic
  readonly applications: readonly ApplicationRecord[]
  /** What the branch should be at: the newest published version that is still here; null where there is none. */
  readonly target: Sha | null
  /** Its pull request is open by our books: a forge closes that when the branch goes, and nobody would say why. */
  readonly isShown: boolean
}

/** Null where nothing of the topic was published, or where it is not known yet what is left of it. */
async function look(id: TopicId, ports: FlowPorts): Promise<Look | null> {
  return ports.store.read(async (reader) => {
    const topic = await reader.topic(id)
    const found = await newestPublished(id, reader)
    const last = (await reader.pullRequests({ topic: id })).at(-1)
    return topic === null || found === null
      ? null
      : {
          topic,
          isShown: last?.state === 'open',
          applications: found.applications,
          target: found.newest === null ? null : appliedHead(found.newest),
        }
  })
}

/**
 * Moves, makes or deletes the branch with a lease. `foreign`: somebody else moved it; `shown`: its pull request has to be closed
 * first, which wakes this job again.
 */
async function move(
  { topic, applications, target, isShown }: Look,
  { git, heads, forge }: ProjectPorts,
  signal: AbortSignal,
): Promise<'there' | 'moved' | 'foreign' | 'shown'> {
  if (target === null && isShown && forge.capabilities.pullRequests) {
    return 'shown'
  }
  const branch = seriesBranch(topic.slug, topic.topic)
  const current = (await git.remoteRefs(heads, [branch], signal)).get(branch) ?? null
  if (current === target) {
    return 'there'
  }
  if (current !== null && !applications.some((one) => appliedHead(one) === current)) {
    return 'foreign'
  }
  const pushed = await git.push(heads, [{ ref: branch, target, expected: current }], signal)
  switch (pushed.outcome) {
    case 'pushed':
      return 'moved'
    case 'stale':
      throw new BotError('FLOW_PUSH_CONTENDED', 'a ref of the mirror moved between look and push', {
        retry: 'later',
        details: { refs: pushed.refs },
      })
    case 'refused':
      throw new BotError(
        'FLOW_MIRROR_REFUSED',
        `the mirror refused to move ${branch} (${pushed.reason}): ${pushed.output}`,
        { retry: 'after-human', details: { reason: pushed.reason } },
      )
  }
}

/**
 * After a person moved versions between topics: the branch of a topic goes to the newest published version that it
 * still has, and is deleted where it has none. Tags and message refs stay, so what was reported can still be fetched.
 * Running it again does nothing.
 */
export async function realignBranch(
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const found = await look(job.key as TopicId, ports)
  const project = found === null ? null : findProject(ports, found.topic.project)
  if (found === null || project === null) {
    await finish(job, ports)
    return
  }
  const { topic, target } = found
  const branch = seriesBranch(topic.slug, topic.topic)
  const isAgit = project.project.placement === 'agit'
  const outcome = isAgit ? 'there' : await move(found, project, signal)
  await finish(job, ports, async (tx) => {
    if (outcome === 'foreign') {
      ports.log.error({ topic: topic.topic, branch }, 'somebody else moved a branch of ours')
    } else {
      const isGone = isAgit || (target === null && outcome !== 'shown')
      await updateTopic(topic.topic, { branch: isGone ? null : branch, head: target }, ports, tx)
    }
    if (outcome === 'shown') {
      await tx.enqueue('pull', topic.topic, ports.clock())
    }
    if (outcome === 'moved' || outcome === 'foreign') {
      const where = target === null ? 'is deleted: no published version is left' : `is at ${target}`
      await tx.addDecision({
        at: ports.clock(),
        messageId: null,
        topic: topic.topic,
        version: null,
        step: 'publish',
        rule: outcome === 'foreign' ? 'foreign-branch' : 'realigned',
        inputs: { target },
        result: outcome === 'foreign' ? `${branch} is not ours: left alone` : `${branch} ${where}`,
      })
    }
  })
}

import { BotError } from '../../core/bot-error.ts'
import type { PullRequestFace } from '../../core/pull-request/pull-request-record.ts'
import { seriesBranch } from '../../core/ref-name.ts'
import type { Topic } from '../../core/topic/topic.ts'
import type { ProjectPorts } from '../ports.ts'
import type { ShownVersion } from '../pull-request/look-at-pull-request.ts'

/**
 * Where the head of a pull request lives in no branch of ours, this push makes the pull request, or moves it with `isForced`;
 * elsewhere there is nothing to do. Throws FLOW_MIRROR_REFUSED.
 */
export async function proposeHead(
  { slug, topic }: Pick<Topic, 'slug' | 'topic'>,
  { title, baseRef }: PullRequestFace,
  { head }: ShownVersion,
  isForced: boolean,
  { project, git, mirror }: ProjectPorts,
  signal: AbortSignal,
): Promise<void> {
  if (project.placement !== 'agit') {
    return
  }
  const name = seriesBranch(slug, topic).replace(/^refs\/heads\//, '')
  const proposal = { head, base: baseRef, topic: name, title, description: title, isForced }
  const pushed = await git.pushForReview(mirror, proposal, signal)
  if (pushed.outcome === 'refused') {
    throw new BotError(
      'FLOW_MIRROR_REFUSED',
      `the mirror takes no pull request (${pushed.reason}): ${pushed.output}`,
      { retry: 'after-human', details: { reason: pushed.reason } },
    )
  }
}

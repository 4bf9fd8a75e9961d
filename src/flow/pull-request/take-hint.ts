import { noLook } from '../../core/checks/commit-look.ts'
import type { RefName, Sha } from '../../core/ids.ts'
import type { ForgeEvent } from '../../core/pull-request/forge-event.ts'
import type { StoreTransaction } from '../../store/store.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { baseBranches } from '../publish/refresh-branches.ts'
import { noteCommentHint } from './hear-comments.ts'
import { notePullRequestHint, topicOfHead } from './reconcile-pull-requests.ts'

type HintPorts = Pick<FlowPorts, 'store' | 'clock'>

/**
 * Something ended on this head: worth a look once it has been quiet. Hints that come until then are about the same look, so
 * that a stream of them cannot put it off.
 */
async function wakeCollect(
  sha: Sha,
  { project }: ProjectPorts,
  ports: HintPorts,
  tx: StoreTransaction,
): Promise<void> {
  const heads = (await tx.publishedHeads(sha)).filter((one) => one.project === project.name)
  if (heads.length === 0) {
    return
  }
  const now = ports.clock()
  const look = (await tx.commitLook(project.name, sha)) ?? noLook(project.name, sha)
  const isAwaited = look.dueAt !== null && look.dueAt > now
  const soon = new Date(now.getTime() + project.checks.quietMs)
  const dueAt = isAwaited && look.dueAt !== null ? look.dueAt : soon
  await tx.saveCommitLook({ ...look, dueAt })
  for (const { topic, version } of heads) {
    await tx.enqueue('collect', `${topic} ${version}`, dueAt)
  }
}

/** Somebody pushed to the mirror: a base branch, or one of ours. */
async function wakeAfterPush(
  ref: RefName,
  { project }: ProjectPorts,
  ports: HintPorts,
  tx: StoreTransaction,
): Promise<void> {
  if (baseBranches(project).includes(ref)) {
    await tx.enqueue('refresh', project.name, ports.clock())
  }
  const topic = topicOfHead({ headRef: ref })
  if (topic !== null && (await tx.topic(topic))?.project === project.name) {
    await tx.enqueue('pull', topic, ports.clock())
  }
}

/**
 * Takes one delivery of a webhook: what it hints at is looked at soon, and that it came is stored, in one transaction.
 * `known`: the same delivery came before, and nothing was done. Nothing is believed of what a hint says; without any the
 * polling finds the same, later.
 */
export async function takeHint(
  { deliveryId, hint }: ForgeEvent,
  project: ProjectPorts,
  ports: HintPorts,
): Promise<'taken' | 'known'> {
  return ports.store.transaction(async (tx) => {
    const { name } = project.project
    if (!(await tx.noteHookDelivery(name, deliveryId, hint.kind, ports.clock()))) {
      return 'known'
    }
    switch (hint.kind) {
      case 'checks-changed':
        if (hint.isEnd) {
          await wakeCollect(hint.sha, project, ports, tx)
        }
        break
      case 'pull-request-changed':
        await notePullRequestHint(name, hint.pullRequest, ports, tx)
        break
      case 'commented':
        await noteCommentHint(name, hint.pullRequest, ports, tx)
        break
      case 'reviewed':
        // Reviews stay on the forge so far.
        break
      case 'pushed':
        await wakeAfterPush(hint.ref, project, ports, tx)
    }
    return 'taken'
  })
}

import type { Sha } from '../../core/ids.ts'
import type { StoreTransaction } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import type { PullRequestLook } from '../pull-request/look-at-pull-request.ts'
import { appliedHead } from './push-application.ts'

/** Whether it is a commit that we made of a version of the topic. */
export function isOwnHead({ applications }: PullRequestLook, head: Sha): boolean {
  return applications.some((one) => appliedHead(one) === head)
}

/** The branch was somebody else's for a while: a version that could not be pushed has its turn, or the verdict counts again. */
export async function wakeAfterReturn(
  { blocked, shown, topic }: PullRequestLook,
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<void> {
  if (blocked !== null) {
    await tx.enqueue('publish', blocked.record.series.anchor, ports.clock())
  } else if (shown !== null) {
    await tx.enqueue('collect', `${topic.topic} ${shown.application.version}`, ports.clock())
  }
}

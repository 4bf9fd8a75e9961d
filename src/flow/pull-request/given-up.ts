import type { Decision } from '../../core/decision.ts'
import type { TopicId } from '../../core/ids.ts'
import type { Job } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'

const rule = 'pull-request-given-up'

/** Whether nobody tries any more to bring the pull request up to this version: a person who says `retest` changes that. */
export function isPullGivenUp(decisions: readonly Decision[], version: string): boolean {
  const last = decisions.findLast(
    (one) => one.step === 'person' || one.rule.startsWith('pull-request-'),
  )
  return last?.rule === rule && last.version === version
}

/**
 * The job of a pull request is not tried any more, because of `error`: says so of its topic, which nobody calls tested until then.
 * May be repeated.
 */
export async function notePullGivenUp(
  { key }: Pick<Job, 'key'>,
  error: string,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
): Promise<void> {
  await ports.store.transaction(async (tx) => {
    const topic = await tx.topic(key as TopicId)
    if (topic === null) {
      return
    }
    const at = ports.clock()
    if (!isPullGivenUp(await tx.decisions({ topic: topic.topic }), topic.version)) {
      await tx.addDecision({
        at,
        messageId: null,
        topic: topic.topic,
        version: topic.version,
        step: 'publish',
        rule,
        inputs: {},
        result: `its pull request is not brought up to date any more: ${error.split('\n', 1)[0] ?? ''}`,
      })
    }
    if (topic.state === 'testing') {
      // Not by `updateTopic`, which would wake the very job.
      await tx.saveTopic({ ...topic, state: 'problem', updatedAt: at })
    }
  })
}

const mostLost = 1_000

/** Jobs of pull requests whose workers died so often that nobody runs them any more: as `notePullGivenUp`. May be repeated. */
export async function noteLostPulls(ports: Pick<FlowPorts, 'store' | 'clock'>): Promise<void> {
  const dead = await ports.store.read((reader) => reader.deadJobs(mostLost))
  for (const job of dead.filter(({ kind }) => kind === 'pull')) {
    await notePullGivenUp(job, job.lastError, ports)
  }
}

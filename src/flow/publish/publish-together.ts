import type { MessageId } from '../../core/ids.ts'
import type { Job } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import { createCrew } from './run-together.ts'

/** How many topics wait for each other at most. */
const topicsAtOnce = 50

/** The publishing of topics that are due at the same time. */
export interface Publishing {
  /** Whether none is begun. */
  readonly isIdle: boolean
  /** Begins one; `run`, which never rejects, is given the ports to do it with. */
  take(job: Job, run: (ports: FlowPorts) => Promise<void>): Promise<void>
  /** Ends all that are begun. */
  finish(): Promise<void>
}

/**
 * Publishes topics side by side, so that they share listings, fetches and pushes (`createCrew`). One after the other, as if
 * there were no others, go versions of one topic, series after those that they say they are built on, and what a worker died
 * of: it must not take others along again.
 */
export function createPublishing(ports: FlowPorts, signal: AbortSignal): Publishing {
  const crew = createCrew(ports, signal)
  const topics = new Set<string>()
  async function finish(): Promise<void> {
    await crew.finish()
    topics.clear()
  }
  return {
    get isIdle() {
      return crew.size === 0
    },
    async take(job, run) {
      const topic = job.deaths > 0 ? null : await independentTopic(job, ports)
      if (topic === null || topics.has(topic) || crew.size >= topicsAtOnce) {
        await finish()
      }
      if (topic === null) {
        await run(ports)
        return
      }
      topics.add(topic)
      await crew.join(run)
    },
    finish,
  }
}

/** The topic of the series; null where the series names others, or where that cannot be told. */
async function independentTopic(job: Job, ports: FlowPorts): Promise<string | null> {
  try {
    const record = await ports.store.read((reader) => reader.seriesByAnchor(job.key as MessageId))
    const { dependsOn = [], prerequisitePatchIds = [] } = record?.series ?? {}
    return dependsOn.length + prerequisitePatchIds.length > 0 ? null : (record?.topic ?? job.key)
  } catch {
    return null
  }
}

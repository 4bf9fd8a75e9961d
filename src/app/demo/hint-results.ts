import { randomUUID } from 'node:crypto'
import type { FlowPorts, ProjectPorts } from '../../flow/ports.ts'
import { takeHint } from '../../flow/pull-request/take-hint.ts'
import type { Watcher } from './snapshots.ts'

/**
 * Nobody who tries a demo wants to wait for the polling, and a forge reaches no webhook on this machine: every `everyMs` the
 * forge is asked for the results of what is being tested, as if it had said that there are some.
 */
export function createHinter(
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  everyMs: number,
): Watcher {
  let nextAt = 0
  return async (all) => {
    if (Date.now() < nextAt) {
      return
    }
    for (const { state, application } of all) {
      if (state === 'testing' && application?.application.outcome === 'applied') {
        const { head } = application.application
        const hint = { kind: 'checks-changed', sha: head, isEnd: true } as const
        const event = { deliveryId: randomUUID(), repository: project.forge.repository, hint }
        await takeHint(event, project, ports)
        nextAt = Date.now() + everyMs
      }
    }
  }
}

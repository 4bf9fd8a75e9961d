import type { FlowPorts } from '../../src/flow/ports.ts'
import { noLimits } from '../../src/flow/report/send-rate.ts'
import { noUpkeep } from '../../src/flow/tidy-up.ts'
import { oneReturnPath } from '../../src/mail/send/return-paths.ts'

function unused(): never {
  throw new TypeError('sending needs nothing of this')
}

/** What sending a mail needs, real; all else throws when it is touched. */
export function sendingPorts(
  parts: Pick<FlowPorts, 'store' | 'journal' | 'mailer' | 'clock' | 'log'>,
): FlowPorts {
  return {
    ...parts,
    archive: new Proxy({} as FlowPorts['archive'], { get: unused }),
    parse: unused,
    reporter: new Proxy({} as FlowPorts['reporter'], { get: unused }),
    pullRequestWriter: new Proxy({} as FlowPorts['pullRequestWriter'], { get: unused }),
    projects: [],
    bot: { name: 'Patchferry', address: 'patchferry@example.org' },
    otherBots: [],
    gitVersion: 'test',
    every: () => () => undefined,
    quietMs: 0,
    sending: {
      retryForMs: 5 * 86_400_000,
      lookForMs: 3_600_000,
      ifUnknown: 'hold',
      limits: noLimits,
    },
    upkeep: noUpkeep,
    sourcesReadUntil: () => parts.clock(),
    returnPaths: oneReturnPath('patchferry@example.org'),
    bounces: { limit: 3, withinMs: 0, silentForMs: 0 },
  }
}

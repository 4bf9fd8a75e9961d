import { recoverArchive } from '../intake/take-mail.ts'
import type { FlowPorts } from '../ports.ts'
import { runDueJobs } from '../run-jobs.ts'
import { restoreApplications, restorePullRequests } from './restore-published.ts'
import { restoreDecisions, restoreOutbox } from './restore-records.ts'

export interface Rebuilt {
  readonly mails: number
  readonly decisions: number
  readonly reports: number
  readonly applications: number
}

/**
 * Fills an empty store from archive, journal and mirror: the same series, topics and decisions; what was sent or
 * published is known and is not done again. What was silent is silent still. `onProgress` counts mails.
 */
export async function rebuild(
  ports: FlowPorts,
  onProgress: (mails: number) => void,
  signal: AbortSignal,
): Promise<Rebuilt> {
  const decisions = await restoreDecisions(ports, signal)
  const reports = await restoreOutbox(ports, signal)
  let applications = 0
  for (const project of ports.projects) {
    applications += await restoreApplications(project, ports, signal)
    await restorePullRequests(project, ports, signal)
  }
  const mails = await recoverArchive(ports, signal, onProgress)
  // Until its series are assembled a topic has neither its name nor a state.
  await runDueJobs(['assemble'], 'rebuild', ports, signal, signal)
  return { mails, decisions, reports, applications }
}

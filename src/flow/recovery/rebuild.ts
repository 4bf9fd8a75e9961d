import { recoverArchive } from '../intake/take-mail.ts'
import type { FlowPorts } from '../ports.ts'
import { runDueJobs } from '../run-jobs.ts'
import {
  isJournalOlder,
  noteUnknown,
  topicsOnMirrors,
  topicsWithoutMails,
} from './older-records.ts'
import { noteOwnMirrors } from './require-own-store.ts'
import { restoreApplications, restorePullRequests } from './restore-published.ts'
import { restoreDecisions, restoreOutbox } from './restore-records.ts'
import { doubtFromNow } from './sent-before-restore.ts'

export interface Rebuilt {
  readonly mails: number
  readonly decisions: number
  readonly reports: number
  readonly applications: number
  /** The mirror tells of more than the journal: what may have been sent since is not sent again unseen. */
  readonly isDoubtful: boolean
  /** The mirror has series, and the journal told of no decision at all: those of people are lost with it. */
  readonly isJournalLost: boolean
  /** Topics on the mirror of which the archive has no series: their mails have to come back. */
  readonly unknownTopics: number
}

/**
 * Fills an empty store from archive, journal and mirror: the same series, topics and decisions; what was sent or
 * published is known and is not done again. What was silent is silent still. Where archive or journal were lost, or are old
 * copies, what may have been sent is doubtful as it is after a restore. `onProgress` counts mails.
 */
export async function rebuild(
  ports: FlowPorts,
  onProgress: (mails: number) => void,
  signal: AbortSignal,
): Promise<Rebuilt> {
  const decisions = await restoreDecisions(ports, signal)
  const reports = await restoreOutbox(ports, signal)
  const topics = await topicsOnMirrors(ports, signal)
  const isJournalLost = topics.size > 0 && decisions === 0
  let isDoubtful = await isJournalOlder(topics, ports)
  if (isDoubtful) {
    // Before topics are named: after a kill nobody could tell any more.
    await doubtFromNow(null, ports, signal)
  }
  let applications = 0
  for (const project of ports.projects) {
    applications += await restoreApplications(project, ports, signal)
    await restorePullRequests(project, ports, signal)
  }
  const mails = await recoverArchive(ports, signal, onProgress)
  const lacking = await topicsWithoutMails(topics, ports)
  if (!isDoubtful && lacking.length > 0) {
    isDoubtful = true
    await doubtFromNow(null, ports, signal)
  }
  // Until its series are assembled a topic has neither its name nor a state.
  await runDueJobs(['assemble'], 'rebuild', ports, signal, signal)
  const unknownTopics = await noteUnknown(lacking, ports)
  await noteOwnMirrors(ports)
  return { mails, decisions, reports, applications, isDoubtful, isJournalLost, unknownTopics }
}

import type { Check } from '../../core/checks/check.ts'
import { approvalAwaitedSince, waitingSince } from '../../core/checks/checks-deadline.ts'
import type { CommitLook } from '../../core/checks/commit-look.ts'
import { type LearnedChecks, learnChecks, rememberedHeads } from '../../core/checks/learn-checks.ts'
import type { Sha, TopicId } from '../../core/ids.ts'
import type { ApplicationRecord, SeriesRecord } from '../../core/records.ts'
import { versionText } from '../../core/series/series.ts'
import { isNewestOf } from '../../core/topic/version-order.ts'
import type { Job, StoreReader } from '../../store/store.ts'
import { type FlowPorts, findProject } from '../ports.ts'
import { isPullGivenUp } from '../pull-request/given-up.ts'
import { overtakenBy } from '../report/overtaken.ts'
import { isWithdrawn } from '../series/is-withdrawn.ts'

/** All that is known here of the checks of one version's head. */
export interface Evidence {
  readonly record: SeriesRecord
  readonly application: ApplicationRecord
  readonly head: Sha
  readonly isNewest: boolean
  /** A branch has all its patches, or a person withdrew it: nothing more is tested or said. */
  readonly isEnded: boolean
  /** A newer version is complete. */
  readonly isOvertaken: boolean
  /** Of our own tester. */
  readonly own: readonly Check[]
  /** Of the forge, as it was last seen. */
  readonly theirs: readonly Check[]
  readonly base: readonly Check[]
  readonly look: CommitLook | null
  readonly learned: LearnedChecks
  /** The forge's CI said something of some head of the project before. */
  readonly hasHistory: boolean
  /** Since when its checks are waited for; null where nobody waited before. */
  readonly since: Date | null
  /** Its topic has no pull request yet, where there is to be one: CI that begins with it could not say anything. */
  readonly lacksPullRequest: boolean
  /** And nobody tries any more to bring it up to date. */
  readonly isPullGivenUp: boolean
  /** Since when a person is waited for who lets CI begin. */
  readonly approvalSince: Date | null
}

/** Whether nothing is to be said of this version any more, whatever CI still says. */
export async function isEnded(
  { topic, series }: SeriesRecord,
  isNewest: boolean,
  reader: StoreReader,
): Promise<boolean> {
  const isMerged = isNewest && (await reader.topic(topic))?.state === 'merged'
  return isMerged || (await isWithdrawn(topic, versionText(series), reader))
}

/** Null where the version of this job's key is gone, or was not published. */
export async function gatherEvidence(
  job: Job,
  ports: Pick<FlowPorts, 'store' | 'projects'>,
): Promise<Evidence | null> {
  const [topic = '', version = ''] = job.key.split(' ')
  return ports.store.read(async (reader) => {
    const versions = await reader.seriesOfTopic(topic as TopicId)
    const record = versions.find(({ series }) => versionText(series) === version)
    const published = (await reader.applications(topic as TopicId)).filter(
      (one) => one.version === version && one.publishedAt !== null,
    )
    // A person who puts a mail back brings an earlier application of the version into force again.
    const application =
      published.findLast(({ digest }) => digest === record?.digest) ?? published.at(-1)
    if (record === undefined || application?.application.outcome !== 'applied') {
      return null
    }
    const { head } = application.application
    const isNewest = isNewestOf(
      version,
      versions.map(({ series }) => versionText(series)),
    )
    const known = await reader.checks(head)
    const decisions = await reader.decisions({ topic: record.topic })
    const opened =
      decisions.findLast(({ rule }) => /^pull-request-(?:opened|found)$/.test(rule))?.at ?? null
    const waiting = waitingSince(decisions, version, head)
    const { forge } = findProject(ports, application.project) ?? { forge: null }
    const pulls = await reader.pullRequests({ topic: record.topic })
    const past = await reader.pastHeads(application.project, rememberedHeads)
    return {
      record,
      application,
      head,
      isNewest,
      isEnded: await isEnded(record, isNewest, reader),
      isOvertaken: (await overtakenBy(record.topic, version, reader)) !== null,
      own: known.filter(({ origin }) => origin === 'command'),
      theirs: known.filter(({ origin }) => origin !== 'command'),
      base: await reader.checks(application.base),
      look: await reader.commitLook(application.project, head),
      learned: learnChecks(past),
      hasHistory: past.length > 0,
      // Nothing could be said before there was a pull request.
      since: waiting === null || opened === null || opened < waiting ? waiting : opened,
      lacksPullRequest: forge?.capabilities.pullRequests === true && pulls.length === 0,
      isPullGivenUp: isPullGivenUp(decisions, version),
      approvalSince: approvalAwaitedSince(decisions, version, head),
    }
  })
}

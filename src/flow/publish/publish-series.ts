import { BotError } from '../../core/bot-error.ts'
import type { MessageId, Sha } from '../../core/ids.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import type { ReportedDamage } from '../../core/report/report.ts'
import type { TopicState } from '../../core/topic/topic.ts'
import { isNewer } from '../../core/topic/version-order.ts'
import { holdRule } from '../../core/trust/trust.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject, type ProjectPorts } from '../ports.ts'
import { closedByPerson } from '../pull-request/closed-by-person.ts'
import { fileReport, prepareReport } from '../report/report-outcome.ts'
import { fixTopic } from '../series/fix-topic.ts'
import {
  decisionOf,
  lookAtSeries,
  type Situation,
  sameSeries,
  setState,
} from '../series/series-situation.ts'
import { whereabouts } from '../series/whereabouts.ts'
import { applyVersion } from './apply-version.ts'
import { parentToCome, waitForParent, waitingFor } from './built-on.ts'
import { describeDamage, findDamage } from './find-damage.ts'
import { searchAgain } from './note-merges.ts'
import { type Published, pushApplication } from './push-application.ts'
import { baseBranches } from './refresh-branches.ts'

async function report(
  kind: 'conflict' | 'damaged' | 'held' | 'problem',
  state: TopicState,
  situation: Situation,
  application: ApplicationRecord | null,
  why: readonly [rule: string, result: string],
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
  damage?: ReportedDamage,
): Promise<void> {
  await fixTopic(situation.record, ports, signal)
  const prepared = await prepareReport(
    { kind, record: situation.record, application, ...(damage === undefined ? {} : { damage }) },
    ports,
    signal,
  )
  await finish(job, ports, async (tx) => {
    if (application !== null) {
      await tx.saveApplication(application)
    }
    await setState(situation, { state }, ports, tx)
    const step = kind === 'held' ? 'trust' : 'publish'
    await tx.addDecision(decisionOf(situation, ports, step, why[0], {}, why[1]))
    await fileReport(prepared, ports, tx)
  })
}

interface Doubt {
  readonly rule: string
  readonly hold: string
}

/** What only a person can decide: of two patches in one mail, or under one Message-ID, the first counts if anybody says so. */
export function doubtsOf(situation: Pick<Situation, 'mails'>): readonly Doubt[] {
  return situation.mails.flatMap(({ message: { messageId, problems } }) =>
    problems.flatMap(({ code, message }): readonly Doubt[] => {
      switch (code) {
        case 'message-id-reused':
          return [
            {
              rule: code,
              hold: `Message-ID ${messageId} came with two different patches, of which the first counts`,
            },
          ]
        case 'several-patches':
          return [{ rule: code, hold: `in ${messageId} ${message.replace(/\.$/, '')}` }]
        default:
          return []
      }
    }),
  )
}

async function push(
  situation: Situation,
  application: ApplicationRecord,
  head: Sha,
  project: ProjectPorts,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<Published> {
  const { record, topic, applications, elsewhere, version } = situation
  const newer = applications.filter(
    (one) => one.publishedAt !== null && isNewer(one.version, version),
  )
  const stays = await ports.store.read((reader) =>
    Promise.all(newer.map((one) => whereabouts(one, reader))),
  )
  const isOvertaken = stays.some((where) => where !== 'left')
  return pushApplication(
    { record, topic, application, earlier: applications, elsewhere, movesBranch: !isOvertaken },
    head,
    project,
    ports,
    signal,
  )
}

/** The mirror refused the push: said once, where people look, and tried again when one of them asks for it. */
async function noteRefusal(
  situation: Situation,
  { reason, output }: Extract<Published, { outcome: 'refused' }>,
  ports: FlowPorts,
): Promise<void> {
  const result = `the mirror refused the push (${reason}): ${output}`
  const rule = 'mirror-refused'
  await ports.store.transaction(async (tx) => {
    await setState(situation, { state: 'problem' }, ports, tx)
    const last = (await tx.decisions({ topic: situation.record.topic })).at(-1)
    if (last?.rule !== rule || last.result !== result) {
      await tx.addDecision(decisionOf(situation, ports, 'publish', rule, { reason }, result))
    }
  })
}

async function publishApplied(
  situation: Situation,
  applied: ApplicationRecord,
  head: Sha,
  project: ProjectPorts,
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const approval = situation.approvals.find((one) => one.head === head)
  const doubts = doubtsOf(situation)
  const doubtful = doubts.map(({ hold }) => hold)
  const holds = [...applied.holds.filter((hold) => !doubtful.includes(hold)), ...doubtful]
  if (holds.length > 0 && approval === undefined) {
    const kind = doubts.length > 0 ? 'problem' : 'held'
    const rule = doubts[0]?.rule ?? holdRule(holds)
    const why = `held: ${holds.join('; ')}`
    await report(kind, kind, situation, { ...applied, holds }, [rule, why], job, ports, signal)
    return
  }
  const closed = await closedByPerson(situation, head, project, ports, signal)
  if (closed !== null) {
    await finish(job, ports, async (tx) => {
      const result = `#${closed} was closed by somebody: nothing of this version is pushed any more`
      await tx.addDecision(
        decisionOf(situation, ports, 'publish', 'pull-request-closed-by-person', {}, result),
      )
    })
    return
  }
  await fixTopic(situation.record, ports, signal)
  const application = { ...applied, holds, approvedBy: approval?.by ?? null }
  const pushed = await push(situation, application, head, project, ports, signal)
  switch (pushed.outcome) {
    case 'refused':
      await noteRefusal(situation, pushed, ports)
      throw new BotError(
        'FLOW_MIRROR_REFUSED',
        `the mirror refused the push (${pushed.reason}): ${pushed.output}`,
        { retry: 'after-human', details: { reason: pushed.reason } },
      )
    case 'foreign-branch':
      ports.log.error(
        { topic: situation.record.topic, branch: pushed.branch, sha: pushed.actual },
        'somebody else moved a branch of ours; it is left alone',
      )
      await finish(job, ports, async (tx) => {
        await setState(situation, { state: 'problem' }, ports, tx)
        const result = `${pushed.branch} is at ${pushed.actual}, which nobody here pushed: left alone`
        await tx.addDecision(decisionOf(situation, ports, 'publish', 'foreign-branch', {}, result))
      })
      return
    case 'published':
      await finish(job, ports, async (tx) => {
        await tx.saveApplication({
          ...application,
          n: pushed.n,
          seriesRef: pushed.seriesRef,
          publishedAt: ports.clock(),
        })
        const change = { state: 'testing', branch: pushed.branch, head } as const
        await setState(situation, change, ports, tx)
        const inputs = { n: pushed.n, approvedBy: application.approvedBy }
        await tx.addDecision(
          decisionOf(situation, ports, 'publish', 'pushed', inputs, pushed.seriesRef),
        )
        await tx.enqueue('collect', `${situation.record.topic} ${situation.version}`, ports.clock())
        for (const anchor of await waitingFor(situation.record, tx)) {
          await tx.enqueue('publish', anchor, ports.clock())
        }
      })
  }
}

/** Brings one complete series to the mirror, or says why not: the third step of the way of a mail. */
export async function publishSeries(
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const situation = await lookAtSeries(job.key as MessageId, ports)
  const project = situation === null ? null : findProject(ports, situation.topic.project)
  const isMerged = situation?.isNewest === true && situation.topic.state === 'merged'
  if (situation === null || project === null || situation.isWithdrawn || isMerged) {
    await finish(job, ports)
    return
  }
  const published = situation.applications.find(
    (one) => sameSeries(situation, one) && one.publishedAt !== null,
  )
  if (published !== undefined) {
    await finish(job, ports, async (tx) => {
      await tx.enqueue('collect', `${situation.record.topic} ${situation.version}`, ports.clock())
      await tx.enqueue('pull', situation.record.topic, ports.clock())
      if (situation.topic.state === 'waiting') {
        // The store was rebuilt: it may have been merged before it was known here.
        await searchAgain(project.project.name, baseBranches(project.project), ports, tx)
      }
    })
    return
  }
  const parent = situation.applications.some((one) => sameSeries(situation, one))
    ? null
    : await ports.store.read((reader) => parentToCome(situation.record, ports.clock(), reader))
  if (parent !== null) {
    await waitForParent(parent, situation, job, ports)
    return
  }
  const applied = await applyVersion(situation, project, ports, signal)
  if (applied === null) {
    await finish(job, ports)
    return
  }
  const { application } = applied
  switch (application.outcome) {
    case 'conflict': {
      const { number, paths } = application.conflict
      const damage = await findDamage(
        application.conflict,
        { situation, base: applied.base, git: project.git },
        ports,
        signal,
      )
      const names = damage === null ? paths : describeDamage(damage)
      await report(
        damage === null ? 'conflict' : 'damaged',
        'conflict',
        situation,
        applied,
        [damage === null ? 'conflict' : 'damaged', `patch ${number}: ${names.join(', ')}`],
        job,
        ports,
        signal,
        damage ?? undefined,
      )
      return
    }
    case 'empty': {
      await fixTopic(situation.record, ports, signal)
      const prepared = await prepareReport(
        { kind: 'merged', record: situation.record, application: applied },
        ports,
        signal,
      )
      await finish(job, ports, async (tx) => {
        await setState(situation, { state: 'empty' }, ports, tx)
        const result = 'every patch is in the base already'
        await tx.addDecision(decisionOf(situation, ports, 'publish', 'empty', {}, result))
        await fileReport(prepared, ports, tx)
      })
      return
    }
    case 'applied':
      await publishApplied(situation, applied, application.head, project, job, ports, signal)
  }
}

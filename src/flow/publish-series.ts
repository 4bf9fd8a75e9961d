import type { Application } from '../core/application.ts'
import { BotError } from '../core/bot-error.ts'
import type { Decision } from '../core/decision.ts'
import type { MessageId, Sha } from '../core/ids.ts'
import type { ApplicationRecord, SeriesRecord, StoredMessage } from '../core/records.ts'
import { ownMails, versionText } from '../core/series.ts'
import type { Topic, TopicState } from '../core/topic.ts'
import { ciPathsTouched } from '../core/trust.ts'
import { isNewer } from '../core/version-order.ts'
import type { PatchMail } from '../git/git-engine.ts'
import type { Job, StoreTransaction } from '../store/store.ts'
import { chooseBase } from './choose-base.ts'
import { fixTopic } from './fix-topic.ts'
import { finish } from './job-outcome.ts'
import { type FlowPorts, findProject, type ProjectPorts } from './ports.ts'
import { pushApplication } from './push-application.ts'
import { refreshBranches } from './refresh-branches.ts'
import { updateTopic } from './refresh-topic.ts'
import { fileReport, prepareReport } from './report-outcome.ts'

/** What is known of a series when its turn comes. */
interface Situation {
  readonly record: SeriesRecord
  readonly topic: Topic
  readonly version: string
  readonly mails: readonly StoredMessage[]
  readonly applications: readonly ApplicationRecord[]
  readonly isNewest: boolean
  readonly isWithdrawn: boolean
  readonly approvals: readonly { readonly head: Sha; readonly by: string }[]
}

async function look(anchor: MessageId, ports: FlowPorts): Promise<Situation | null> {
  return ports.store.read(async (reader) => {
    const record = await reader.seriesByAnchor(anchor)
    const topic = record === null ? null : await reader.topic(record.topic)
    if (record === null || topic === null || !record.series.complete || record.isSilent) {
      return null
    }
    const version = versionText(record.series)
    const versions = await reader.seriesOfTopic(record.topic)
    const withdrawals = await reader.humanDecisions('withdraw')
    const approvals = await reader.humanDecisions('approve')
    return {
      record,
      topic,
      version,
      mails: await reader.messages(ownMails(record.series)),
      applications: await reader.applications(record.topic),
      isNewest: !versions.some(({ series }) => isNewer(versionText(series), version)),
      isWithdrawn: withdrawals.some(
        ({ decision }) => decision.topic === record.topic && !isNewer(version, decision.version),
      ),
      approvals: approvals
        .filter(({ decision }) => decision.topic === record.topic && decision.version === version)
        .map(({ by, decision }) => ({ by, head: decision.head })),
    }
  })
}

async function patchMails(
  situation: Situation,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<readonly PatchMail[]> {
  const { patches } = situation.record.series
  const stored = new Map(situation.mails.map((mail) => [mail.message.messageId, mail]))
  const entries = patches.flatMap((patch) => stored.get(patch.messageId) ?? [])
  const raws = await ports.archive.rawMails(entries, signal)
  return patches.flatMap(({ number, messageId, patchId }, index) => {
    const raw = raws[index]
    return raw === undefined ? [] : [{ number, messageId, patchId, raw }]
  })
}

function decision(
  situation: Situation,
  ports: FlowPorts,
  step: Decision['step'],
  rule: string,
  inputs: Decision['inputs'],
  result: string,
): Decision {
  const { record, version } = situation
  return {
    at: ports.clock(),
    messageId: record.series.anchor,
    topic: record.topic,
    version,
    step,
    rule,
    inputs,
    result,
  }
}

async function setState(
  situation: Situation,
  change: Partial<Topic> & { readonly state: TopicState },
  ports: FlowPorts,
  tx: StoreTransaction,
): Promise<void> {
  if (situation.isNewest) {
    await updateTopic(situation.record.topic, { verdict: null, ...change }, ports, tx)
  }
}

function sameSeries(situation: Situation, record: ApplicationRecord): boolean {
  return record.version === situation.version && record.digest === situation.record.digest
}

/** Applies the series, or finds how an interrupted or held run applied it, so that its head stays the same. */
async function applySeries(
  situation: Situation,
  project: ProjectPorts,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<ApplicationRecord | null> {
  const pending = situation.applications.find(
    (one) => sameSeries(situation, one) && one.application.outcome === 'applied',
  )
  if (pending !== undefined) {
    return pending
  }
  await refreshBranches(project, signal)
  const patches = await patchMails(situation, ports, signal)
  const choice = await chooseBase(situation.record, patches, null, project, ports, signal)
  if (choice.outcome === 'base-missing') {
    await fixTopic(situation.record, ports, signal)
    const report = await prepareReport(
      { kind: 'base-missing', record: situation.record, application: null, rungs: choice.rungs },
      ports,
      signal,
    )
    await ports.store.transaction(async (tx) => {
      await setState(situation, { state: 'base-missing' }, ports, tx)
      await tx.addDecision(
        decision(
          situation,
          ports,
          'base',
          'base-missing',
          { rungs: choice.rungs },
          'no rung gives a commit',
        ),
      )
      await fileReport(report, ports, tx)
    })
    return null
  }
  const application = await project.git.apply(
    { base: choice.base, patches, committer: ports.bot, skipMerged: true },
    signal,
  )
  const holds =
    application.outcome === 'applied'
      ? await holdReasons(choice.base, application.head, project, signal)
      : []
  const record: ApplicationRecord = {
    topic: situation.record.topic,
    project: project.project.name,
    version: situation.version,
    n: null,
    digest: situation.record.digest,
    base: choice.base,
    baseRule: choice.rule,
    baseBranch: choice.branch,
    rungs: choice.rungs,
    application,
    holds,
    approvedBy: null,
    seriesRef: null,
    publishedAt: null,
    at: ports.clock(),
  }
  await ports.store.transaction(async (tx) => {
    await tx.saveApplication(record)
    await tx.addDecision(
      decision(situation, ports, 'base', choice.rule, { rungs: choice.rungs }, choice.base),
    )
    await tx.addDecision(explainApplication(situation, application, ports))
  })
  return record
}

function explainApplication(
  situation: Situation,
  application: Application,
  ports: FlowPorts,
): Decision {
  const inputs = {
    commits: application.commits.map(({ number, sha, how }) => ({ number, sha, how })),
  }
  if (application.outcome === 'conflict') {
    const { number, paths } = application.conflict
    const result = `patch ${number} does not apply: ${paths.join(', ')}`
    return decision(situation, ports, 'apply', 'conflict', inputs, result)
  }
  return decision(situation, ports, 'apply', application.outcome, inputs, application.head)
}

async function holdReasons(
  base: Sha,
  head: Sha,
  { project, git }: ProjectPorts,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const files = await git.changedFiles({ base, head }, signal)
  const touched = ciPathsTouched(files, project.trust.ciPaths)
  return touched.map((path) => `it changes ${path}, which CI reads`)
}

async function report(
  kind: 'conflict' | 'held' | 'problem',
  state: TopicState,
  situation: Situation,
  application: ApplicationRecord | null,
  why: readonly [rule: string, result: string],
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  await fixTopic(situation.record, ports, signal)
  const prepared = await prepareReport(
    { kind, record: situation.record, application },
    ports,
    signal,
  )
  await finish(job, ports, async (tx) => {
    await setState(situation, { state }, ports, tx)
    const step = kind === 'held' ? 'trust' : 'publish'
    await tx.addDecision(decision(situation, ports, step, why[0], {}, why[1]))
    await fileReport(prepared, ports, tx)
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
  if (applied.holds.length > 0 && approval === undefined) {
    const why = `held: ${applied.holds.join('; ')}`
    await report('held', 'held', situation, applied, ['ci-paths', why], job, ports, signal)
    return
  }
  await fixTopic(situation.record, ports, signal)
  const application = { ...applied, approvedBy: approval?.by ?? null }
  const newest = situation.applications.filter((one) => one.publishedAt !== null)
  const pushed = await pushApplication(
    {
      record: situation.record,
      topic: situation.topic,
      application,
      earlier: situation.applications,
      movesBranch: !newest.some((one) => isNewer(one.version, situation.version)),
    },
    head,
    project,
    ports,
    signal,
  )
  switch (pushed.outcome) {
    case 'refused':
      throw new BotError(
        'FLOW_MIRROR_REFUSED',
        `the mirror refused the push (${pushed.reason}): ${pushed.output}`,
        { retry: 'after-human', details: { reason: pushed.reason } },
      )
    case 'foreign-branch':
      await finish(job, ports, async (tx) => {
        await setState(situation, { state: 'problem' }, ports, tx)
        const result = `${pushed.branch} is at ${pushed.actual}, which nobody here pushed: left alone`
        await tx.addDecision(decision(situation, ports, 'publish', 'foreign-branch', {}, result))
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
          decision(situation, ports, 'publish', 'pushed', inputs, pushed.seriesRef),
        )
        await tx.enqueue('collect', `${situation.record.topic} ${situation.version}`, ports.clock())
      })
  }
}

/** Brings one complete series to the mirror, or says why not: the third step of the way of a mail. */
export async function publishSeries(
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const situation = await look(job.key as MessageId, ports)
  const project = situation === null ? null : findProject(ports, situation.topic.project)
  if (situation === null || project === null || situation.isWithdrawn) {
    await finish(job, ports)
    return
  }
  const reused = situation.mails.filter(({ message }) =>
    message.problems.some(({ code }) => code === 'message-id-reused'),
  )
  if (reused.length > 0) {
    const ids = reused.map(({ message }) => message.messageId).join(', ')
    const why = `${ids} came with two different patches`
    await report(
      'problem',
      'problem',
      situation,
      null,
      ['message-id-reused', why],
      job,
      ports,
      signal,
    )
    return
  }
  const published = situation.applications.find(
    (one) => sameSeries(situation, one) && one.publishedAt !== null,
  )
  if (published !== undefined) {
    await finish(job, ports, (tx) =>
      tx.enqueue('collect', `${situation.record.topic} ${situation.version}`, ports.clock()),
    )
    return
  }
  const applied = await applySeries(situation, project, ports, signal)
  if (applied === null) {
    await finish(job, ports)
    return
  }
  const { application } = applied
  switch (application.outcome) {
    case 'conflict': {
      const { number, paths } = application.conflict
      const why = `patch ${number}: ${paths.join(', ')}`
      await report(
        'conflict',
        'conflict',
        situation,
        applied,
        ['conflict', why],
        job,
        ports,
        signal,
      )
      return
    }
    case 'empty':
      await finish(job, ports, async (tx) => {
        await setState(situation, { state: 'empty' }, ports, tx)
        const result = 'every patch is in the base already'
        await tx.addDecision(decision(situation, ports, 'publish', 'empty', {}, result))
      })
      return
    case 'applied':
      await publishApplied(situation, applied, application.head, project, job, ports, signal)
  }
}

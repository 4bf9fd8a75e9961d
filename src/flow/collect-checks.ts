import type { Check } from '../core/check.ts'
import type { Sha, TopicId } from '../core/ids.ts'
import type { TestPlan } from '../core/project.ts'
import type { ApplicationRecord, SeriesRecord } from '../core/records.ts'
import { versionText } from '../core/series.ts'
import type { TopicState } from '../core/topic.ts'
import { judge, type Verdict } from '../core/verdict.ts'
import { isNewer } from '../core/version-order.ts'
import type { Job, StoreReader } from '../store/store.ts'
import { awaitChecks, patienceFor } from './await-checks.ts'
import { type BreakFound, findBreak } from './find-break.ts'
import { finish } from './job-outcome.ts'
import { overtakenBy } from './overtaken.ts'
import { type FlowPorts, findProject, type ProjectPorts } from './ports.ts'
import { updateTopic } from './refresh-topic.ts'
import { fileReport, prepareReport, verdictReported } from './report-outcome.ts'
import { testKey } from './run-test.ts'

interface Evidence {
  readonly record: SeriesRecord
  readonly application: ApplicationRecord
  readonly isNewest: boolean
  /** A branch has all its patches: nothing more is tested or said. */
  readonly isMerged: boolean
  /** A newer version is complete. */
  readonly isOvertaken: boolean
  readonly own: readonly Check[]
  readonly base: readonly Check[]
}

async function isTopicMerged(
  { topic }: SeriesRecord,
  reader: Pick<StoreReader, 'topic'>,
): Promise<boolean> {
  return (await reader.topic(topic))?.state === 'merged'
}

async function gather(job: Job, ports: FlowPorts): Promise<Evidence | null> {
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
    const isNewest = !versions.some(({ series }) => isNewer(versionText(series), version))
    return {
      record,
      application,
      isNewest,
      isMerged: isNewest && (await isTopicMerged(record, reader)),
      isOvertaken: (await overtakenBy(record.topic, version, reader)) !== null,
      own: await reader.checks(application.application.head),
      base: await reader.checks(application.base),
    }
  })
}

function isRed(check: Check): boolean {
  return check.state === 'failure' || check.state === 'cancelled'
}

/** The commit that has to be tested before a verdict can be given: the head, then the base of a red head. */
function untested(evidence: Evidence, { project }: ProjectPorts): Sha | null {
  const { application } = evidence.application
  const plan = project.tests
  if (plan === null || application.outcome !== 'applied') {
    return null
  }
  const own = evidence.own.find((check) => check.context === plan.name)
  const base = evidence.base.find((check) => check.context === plan.name)
  if (own === undefined) {
    return application.head
  }
  return isRed(own) && base === undefined ? evidence.application.base : null
}

/** A red head whose base has no result: nobody knows whether that is red too. */
function withoutBase(verdict: Verdict, plan: TestPlan | null): Verdict {
  return plan === null
    ? verdict
    : { ...verdict, overdue: [...verdict.overdue, `${plan.name} on the base`] }
}

function stateOf(verdict: Verdict): TopicState {
  return verdict.state === 'waiting' ? 'testing' : verdict.state
}

/**
 * Judges the checks of one version's head: wakes the tests that are missing, and, once all are in, files the one
 * report. The fourth and fifth step of the way of a mail.
 */
export async function collectChecks(
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const evidence = await gather(job, ports)
  const project = evidence === null ? null : findProject(ports, evidence.application.project)
  if (
    evidence === null ||
    project === null ||
    evidence.isMerged ||
    evidence.application.application.outcome !== 'applied'
  ) {
    await finish(job, ports)
    return
  }
  const { record, application } = evidence
  const { head } = evidence.application.application
  const reported =
    evidence.own.length === 0 ? await verdictReported(record, head, project, ports) : null
  if (reported !== null) {
    // The store was rebuilt: what was reported stands, and nothing is tested for its own sake.
    await finish(job, ports, async (tx) => {
      if (evidence.isNewest && !(await isTopicMerged(record, tx))) {
        await updateTopic(record.topic, { state: reported, verdict: reported }, ports, tx)
      }
    })
    return
  }
  const { checks: theirs } = await project.forge.listChecks(head, signal)
  const patience = await patienceFor(record, head, project.project, ports)
  const judged = judge({
    sha: head,
    checks: [...evidence.own, ...theirs],
    baseChecks: evidence.base,
    expected: project.project.tests === null ? [] : [project.project.tests.name],
    isOverdue: patience.isOver,
  })
  const lacking = untested(evidence, project)
  const missing = patience.isOver ? null : lacking
  const verdict = withoutBase(judged, lacking === application.base ? project.project.tests : null)
  // Of a version that a newer one has overtaken nobody is told.
  const found: BreakFound = evidence.isOvertaken
    ? { outcome: 'settled', brokenBy: null }
    : await findBreak(
        verdict,
        application,
        [...evidence.own, ...evidence.base],
        project.project.tests,
        ports,
      )
  const brokenBy = found.outcome === 'test' ? null : found.brokenBy
  const isUnfinished = missing !== null || found.outcome === 'test'
  const prepared =
    verdict.state === 'waiting' || verdict.state === 'no-checks' || isUnfinished
      ? null
      : await prepareReport(
          { kind: verdict.state, record, application, verdict, brokenBy },
          ports,
          signal,
        )
  await finish(job, ports, async (tx) => {
    if (evidence.isNewest && (await isTopicMerged(record, tx))) {
      return
    }
    if (missing !== null) {
      await tx.enqueue('test', testKey(project.project.name, missing), ports.clock())
      await awaitChecks(job, record, head, patience, ports, tx)
      return
    }
    if (found.outcome === 'test') {
      const within = { topic: record.topic, version: versionText(record.series) }
      await tx.enqueue('test', testKey(project.project.name, found.commit, within), ports.clock())
      await tx.enqueue('collect', job.key, found.until)
      return
    }
    const state = stateOf(verdict)
    if (evidence.isNewest) {
      const given = verdict.state === 'waiting' ? null : verdict.state
      await updateTopic(record.topic, { state, verdict: given }, ports, tx)
    }
    if (verdict.state === 'waiting') {
      await awaitChecks(job, record, head, patience, ports, tx)
    } else {
      await tx.addDecision({
        at: ports.clock(),
        messageId: record.series.anchor,
        topic: record.topic,
        version: versionText(record.series),
        step: 'verdict',
        rule: verdict.state,
        inputs: {
          head,
          failures: verdict.failures.map(({ context }) => context),
          alreadyBroken: verdict.alreadyBroken.map(({ context }) => context),
          brokenBy: brokenBy?.messageId ?? null,
          overdue: verdict.overdue,
        },
        result: `${verdict.state} on ${head}`,
      })
    }
    await fileReport(prepared, ports, tx)
  })
}

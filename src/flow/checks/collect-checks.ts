import type { Check } from '../../core/checks/check.ts'
import type { Verdict } from '../../core/checks/verdict.ts'
import type { Sha } from '../../core/ids.ts'
import type { TestPlan } from '../../core/project.ts'
import { versionText } from '../../core/series/series.ts'
import type { TopicState } from '../../core/topic/topic.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject, type ProjectPorts } from '../ports.ts'
import { fileReport, prepareReport, verdictReported } from '../report/report-outcome.ts'
import { updateTopic } from '../series/refresh-topic.ts'
import { awaitApproval } from './await-approval.ts'
import { awaitChecks, patienceFor } from './await-checks.ts'
import { explainFailures } from './explain-failures.ts'
import { type BreakFound, findBreak } from './find-break.ts'
import { type Evidence, gatherEvidence, isEnded } from './gather-evidence.ts'
import { judgeHead } from './judge-head.ts'
import { testKey } from './run-test.ts'
import { settleChecks } from './settle-checks.ts'

/** The commit that our own tester has to test before a verdict can be given: the head, then the base of a red head. */
function untested({ own, base, head, application }: Evidence, plan: TestPlan | null): Sha | null {
  if (plan === null) {
    return null
  }
  const ofHead = own.find((check) => check.context === plan.name)
  const ofBase = base.find((check: Check) => check.context === plan.name)
  if (ofHead === undefined) {
    return head
  }
  const isRed = ofHead.state === 'failure' || ofHead.state === 'cancelled'
  return isRed && ofBase === undefined ? application.base : null
}

/** A red head whose base has no result: nobody knows whether that is red too. */
function withoutBase(verdict: Verdict, plan: TestPlan | null): Verdict {
  return plan === null
    ? verdict
    : { ...verdict, overdue: [...verdict.overdue, `${plan.name} on the base`] }
}

function stateOf(verdict: Verdict, { isPullGivenUp }: Evidence): TopicState {
  if (verdict.state !== 'waiting') {
    return verdict.state
  }
  return isPullGivenUp ? 'problem' : 'testing'
}

/** The store was rebuilt: what was reported stands, and nothing is tested or asked for its own sake. */
async function standsAsReported(
  { own, look, record, head }: Evidence,
  project: ProjectPorts,
  ports: FlowPorts,
): Promise<Awaited<ReturnType<typeof verdictReported>>> {
  return own.length === 0 && look === null ? verdictReported(record, head, project, ports) : null
}

/**
 * Judges the checks of one version's head: wakes the tests that are missing, asks the forge where that is due, and, once
 * all are in, files the one report. The fourth and fifth step of the way of a mail.
 */
export async function collectChecks(
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const evidence = await gatherEvidence(job, ports)
  const project = evidence === null ? null : findProject(ports, evidence.application.project)
  if (evidence === null || project === null || evidence.isEnded) {
    await finish(job, ports)
    return
  }
  const { record, application } = evidence
  const plan = project.project.tests
  const reported = await standsAsReported(evidence, project, ports)
  if (reported !== null) {
    await finish(job, ports, async (tx) => {
      if (evidence.isNewest && !(await isEnded(record, true, tx))) {
        await updateTopic(record.topic, { state: reported, verdict: reported }, ports, tx)
      }
    })
    return
  }
  const patience = patienceFor(evidence, project, ports)
  const judgement = await judgeHead(evidence, patience, project, ports, signal)
  const lacking = untested(evidence, plan)
  const missing = patience.isOver ? null : lacking
  const judged =
    judgement.verdict.state === 'waiting' || missing !== null
      ? judgement.verdict
      : await explainFailures(judgement.verdict, patience, project, ports, signal)
  const verdict = withoutBase(judged, lacking === application.base ? plan : null)
  // Of a version that a newer one has overtaken nobody is told.
  const found: BreakFound = evidence.isOvertaken
    ? { outcome: 'settled', brokenBy: null }
    : await findBreak(verdict, application, [...evidence.own, ...evidence.base], plan, ports)
  const brokenBy = found.outcome === 'test' ? null : found.brokenBy
  const isUnfinished = missing !== null || found.outcome === 'test'
  const prepared =
    verdict.state === 'waiting' || isUnfinished
      ? null
      : await prepareReport(
          { kind: verdict.state, record, application, verdict, brokenBy },
          ports,
          signal,
        )
  const approval =
    verdict.state === 'waiting' && verdict.silence === 'approval-needed'
      ? await prepareReport({ kind: 'held', record, application, verdict }, ports, signal)
      : null
  await finish(job, ports, async (tx) => {
    if (await isEnded(record, evidence.isNewest, tx)) {
      return
    }
    if (missing !== null) {
      await tx.enqueue('test', testKey(project.project.name, missing), ports.clock())
      await awaitChecks(job, evidence, patience, judgement, ports, tx)
      return
    }
    if (found.outcome === 'test') {
      const within = { topic: record.topic, version: versionText(record.series) }
      await tx.enqueue('test', testKey(project.project.name, found.commit, within), ports.clock())
      await tx.enqueue('collect', job.key, found.until)
      return
    }
    if (evidence.isNewest) {
      const given = verdict.state === 'waiting' ? null : verdict.state
      await updateTopic(
        record.topic,
        { state: stateOf(verdict, evidence), verdict: given },
        ports,
        tx,
      )
    }
    if (verdict.state !== 'waiting') {
      if (await settleChecks(evidence, verdict, judgement.seen, brokenBy, ports, tx)) {
        await fileReport(prepared, ports, tx)
      }
    } else if (verdict.silence === 'approval-needed') {
      await awaitApproval(job, evidence, verdict, judgement.nextAt, ports, tx)
      await fileReport(approval, ports, tx)
    } else if (!evidence.isOvertaken || plan !== null) {
      await awaitChecks(job, evidence, patience, judgement, ports, tx)
    }
  })
}

import type { AppliedCommit } from '../../core/apply/application.ts'
import type { CommitLook } from '../../core/checks/commit-look.ts'
import type { Verdict } from '../../core/checks/verdict.ts'
import { verdictInFull } from '../../core/checks/verdict-words.ts'
import { versionText } from '../../core/series/series.ts'
import type { StoreTransaction } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import type { Evidence } from './gather-evidence.ts'
import type { Seen } from './look-at-checks.ts'
import { verdictDecision } from './verdict-decision.ts'

/** What the head teaches of those that will follow: nothing where something kept CI from running. */
function lesson(
  { application }: Evidence,
  { checks }: Seen,
  verdict: Verdict,
): Pick<CommitLook, 'contexts' | 'tookMs'> {
  if (checks.length === 0 || verdict.silence !== null) {
    return { contexts: null, tookMs: null }
  }
  const ends = checks.flatMap(({ finishedAt }) => finishedAt?.getTime() ?? [])
  const isWhole = verdict.overdue.length === 0 && ends.length > 0
  const began = application.publishedAt?.getTime() ?? 0
  return {
    contexts: checks.map(({ context }) => context),
    tookMs: isWhole ? Math.max(0, Math.max(...ends) - began) : null,
  }
}

/** The verdict is given: what is remembered of it. False where the very same was given before, which is no decision again. */
export async function settleChecks(
  evidence: Evidence,
  verdict: Verdict,
  seen: Seen | null,
  brokenBy: AppliedCommit | null,
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<boolean> {
  const { record, application, head } = evidence
  const version = versionText(record.series)
  const now = ports.clock()
  const result = verdictInFull(verdict)
  const last = (await tx.decisions({ topic: record.topic })).findLast(
    (one) =>
      one.version === version &&
      (one.step === 'person' || (one.step === 'verdict' && one.inputs['head'] === head)),
  )
  const isNew = last?.step !== 'verdict' || last.rule !== verdict.state || last.result !== result
  if (isNew) {
    const inputs = {
      head,
      failures: verdict.failures.map(({ context }) => context),
      alreadyBroken: verdict.alreadyBroken.map(({ context }) => context),
      cancelled: verdict.cancelled.map(({ context }) => context),
      brokenBy: brokenBy?.messageId ?? null,
      overdue: verdict.overdue,
      silence: verdict.silence,
    }
    await tx.addDecision(verdictDecision(record, now, { rule: verdict.state, inputs, result }))
  }
  const look = seen === null ? null : await tx.commitLook(application.project, head)
  if (seen !== null && look !== null) {
    await tx.saveCommitLook({ ...look, settledAt: now, ...lesson(evidence, seen, verdict) })
  }
  return isNew
}

import type { Check } from '../../core/checks/check.ts'
import { type Awaited, nextLook } from '../../core/checks/poll-plan.ts'
import {
  contextStem,
  isUnderway,
  judge,
  type Verdict,
  type VerdictInput,
} from '../../core/checks/verdict.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import type { NextLooks, Patience } from './await-checks.ts'
import { findSilence, skipMark } from './find-silence.ts'
import type { Evidence } from './gather-evidence.ts'
import { lookAtChecks, rememberedChecks, type Seen } from './look-at-checks.ts'

/** What is to be said of a head now. */
export interface Judgement extends NextLooks {
  readonly verdict: Verdict
  /** What the forge said; null where it is not asked, or has not been yet. */
  readonly seen: Seen | null
  /** All that is known of the base. */
  readonly base: readonly Check[]
}

/** When the last result came in, or when something changed where results have no times; the beginning where there is none. */
function lastWordAt({ checks, look }: Seen, since: Date): Date {
  const lookedAt = look.lookedAt?.getTime() ?? since.getTime()
  const times = checks.map(({ finishedAt }) => finishedAt?.getTime() ?? null)
  if (times.length === 0) {
    return since
  }
  return times.includes(null)
    ? (look.changedAt ?? since)
    : // The forge's clock may be ahead of ours.
      new Date(Math.min(lookedAt, Math.max(...times.map((time) => time ?? 0))))
}

/** Asks the forge where that is due, and judges all that is known then. Throws what the forge throws. */
export async function judgeHead(
  evidence: Evidence,
  patience: Patience,
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  signal: AbortSignal,
): Promise<Judgement> {
  const own = project.project.tests === null ? [] : [project.project.tests.name]
  const input: VerdictInput = {
    sha: evidence.head,
    checks: evidence.own,
    baseChecks: evidence.base,
    expected: own,
    isOverdue: patience.isOver,
  }
  // Of a version that a newer one has overtaken nobody is told: no request is made for it.
  if (!project.forge.capabilities.checks || evidence.isOvertaken) {
    const checks = [...evidence.own, ...evidence.theirs]
    return {
      verdict: judge({ ...input, checks }),
      seen: null,
      base: evidence.base,
      nextAt: null,
      soonAt: null,
    }
  }
  return judgeWithForge(input, evidence, patience, project, ports, signal)
}

/** Whether the forge is to be asked now, and how long it is waited for. */
interface Turn {
  readonly awaited: Omit<Awaited, 'lookedAt' | 'dueAt'>
  readonly isDue: boolean
  /** Nothing of the forge is waited for any more. */
  readonly isOver: boolean
}

/** State was restored or rebuilt: what CI said of a head that was published long ago is there already. */
function isLongThere({ look, learned, application }: Evidence, now: Date): boolean {
  const { publishedAt: since } = application
  const waited = { lookedAt: null, dueAt: null, typicalMs: learned.typicalMs, until: null }
  return look === null && since !== null && nextLook({ ...waited, since }) <= now
}

function turnOf(
  evidence: Evidence,
  { since: waitedSince, until, isOver }: Patience,
  now: Date,
): Turn {
  const { look, learned, approvalSince } = evidence
  const { lookedAt, dueAt } = look ?? { lookedAt: null, dueAt: null }
  const awaitedSince = waitedSince ?? approvalSince
  // What was quiet when it was settled is quiet still, unless something new is found.
  const since = awaitedSince ?? look?.settledAt ?? now
  const awaited = { since, typicalMs: learned.typicalMs, until }
  if (awaitedSince !== null) {
    return { awaited, isDue: nextLook({ ...awaited, lookedAt, dueAt }) <= now, isOver }
  }
  const isSettled = look !== null && look.settledAt !== null
  const isDue = isSettled ? dueAt !== null && dueAt <= now : isLongThere(evidence, now)
  // What did not come before the verdict is not waited for anew because something else came.
  return { awaited, isDue, isOver: isOver || (isSettled && !isDue) }
}

async function judgeWithForge(
  given: VerdictInput,
  evidence: Evidence,
  patience: Patience,
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  signal: AbortSignal,
): Promise<Judgement> {
  const { head, look, theirs } = evidence
  const { awaited, isDue, isOver } = turnOf(evidence, patience, ports.clock())
  const before = look === null || look.lookedAt === null ? null : { checks: theirs, look }
  const seen = isDue ? await lookAtChecks(head, theirs, look, project, ports, signal) : before
  if (seen === null) {
    // Nothing was asked yet, so that nothing is known to be missing either.
    const nextAt = nextLook({ ...awaited, lookedAt: null, dueAt: look?.dueAt ?? null })
    const verdict = judge({ ...given, isQuiet: false })
    return { verdict, seen, base: evidence.base, nextAt, soonAt: null }
  }
  if (evidence.lacksPullRequest && seen.checks.length === 0) {
    // Silence means nothing yet.
    const nextAt = nextLook({ ...awaited, lookedAt: seen.look.lookedAt, dueAt: seen.look.dueAt })
    const verdict = judge({ ...given, isQuiet: false })
    return { verdict, seen, base: evidence.base, nextAt, soonAt: null }
  }
  const quietAt = lastWordAt(seen, awaited.since).getTime() + project.project.checks.quietMs
  const isQuiet = isOver || (seen.look.lookedAt?.getTime() ?? 0) >= quietAt
  const input = await inputOf(
    { ...given, isOverdue: isOver, isQuiet },
    evidence,
    seen,
    project,
    signal,
  )
  const alone = judge({ ...input, baseChecks: [] })
  const base = await baseOf(alone, isDue, evidence, project, ports, signal)
  const verdict = judge({ ...input, baseChecks: base })
  const isOnlyNoisy = judge({ ...input, baseChecks: base, isQuiet: true }).state !== 'waiting'
  const hasSpoken = seen.checks.length > 0 && input.silence === null
  const soonAt = isOnlyNoisy && hasSpoken ? new Date(quietAt) : null
  const dueAt = seen.look.dueAt ?? soonAt
  return {
    verdict,
    seen,
    base,
    soonAt,
    nextAt: nextLook({ ...awaited, lookedAt: seen.look.lookedAt, dueAt }),
  }
}

/** All that the verdict of the head depends on but its base. */
async function inputOf(
  given: VerdictInput & { readonly isQuiet: boolean; readonly isOverdue: boolean },
  evidence: Evidence,
  seen: Seen,
  project: ProjectPorts,
  signal: AbortSignal,
): Promise<VerdictInput> {
  const { isQuiet, isOverdue } = given
  const mark = await skipMark(evidence, project)
  const silence = isQuiet
    ? await findSilence(evidence, seen, mark, isOverdue, project, signal)
    : null
  const isAwaited = silence === 'approval-needed'
  const hasSpoken = seen.checks.length > 0 || silence !== null
  const usual = silence === null && mark === null
  const expected = usual ? [...project.project.checks.expected, ...evidence.learned.expected] : []
  return {
    ...given,
    checks: [...evidence.own, ...seen.checks],
    expected: [...new Set([...given.expected, ...expected])],
    isQuiet: isQuiet && hasSpoken && !isAwaited,
    silence,
    approvalUrl: seen.look.approvalUrl,
  }
}

/** What is known of the base: the forge is asked for it once all of the head is in and something is red. */
async function baseOf(
  { state, failures }: Verdict,
  isDue: boolean,
  { application, base }: Evidence,
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const theirs = failures.filter(({ origin }) => origin !== 'command')
  if (state === 'waiting' || theirs.length === 0) {
    return base
  }
  const wanted = new Set(theirs.map(({ context }) => contextStem(context)))
  return rememberedChecks(
    application.base,
    (known) =>
      isDue && known.some((one) => wanted.has(contextStem(one.context)) && isUnderway(one)),
    project,
    ports,
    signal,
    theirs.some(({ origin }) => origin === 'commit-status') ? [] : ['commit-status'],
  )
}

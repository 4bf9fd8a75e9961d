import type { CheckStep } from '../../core/checks/check-log.ts'
import type { StepAnswer } from './answers.ts'

/** A line of the runner about a step: `<time> ⭐ Run Main <step>` and so on (`act/runner/step.go` of the runner). */
const stepLine =
  /^(?<at>\S+Z) \s*(?<sign>\u2B50|\u2705|\u274C) +(?:Run|Success -|Failure -) (?<stage>Pre|Main|Post) (?<name>.+)$/

/** Beside the line of a step with `continue-on-error`. */
const forgiven = 'Failed but continue next step'

const outcomes = new Map<string, CheckStep['outcome']>([
  ['\u2705', 'success'],
  ['\u274C', 'failure'],
])

/**
 * The steps of a job by what its log says of them, for servers that do not tell. Their preparation and
 * clean-up are left out unless they failed. What came before the beginning of a cut log is unknown.
 */
export function stepsInLog(log: string): readonly CheckStep[] {
  const steps: (CheckStep & { readonly stage: string })[] = []
  const lines = log.split('\n')
  for (const [at, line] of lines.entries()) {
    const found = stepLine.exec(line.trimEnd())?.groups
    if (found === undefined) {
      continue
    }
    const { at: written = '', sign = '', stage = '', name = '' } = found
    const time = timeOf(written)
    const isForgiven = [lines[at - 1], lines[at + 1]].some((beside) => beside?.includes(forgiven))
    const told = outcomes.get(sign)
    const outcome = told === 'failure' && isForgiven ? 'success' : told
    if (outcome === undefined) {
      steps.push({ name, stage, outcome: 'running', startedAt: time, finishedAt: null })
      continue
    }
    const index = steps.findLastIndex(
      (step) => step.name === name && step.stage === stage && step.outcome === 'running',
    )
    const startedAt = steps[index]?.startedAt ?? null
    steps.splice(index < 0 ? steps.length : index, index < 0 ? 0 : 1, {
      name,
      stage,
      outcome,
      startedAt,
      finishedAt: time,
    })
  }
  return steps
    .filter(({ stage, outcome }) => stage === 'Main' || outcome === 'failure')
    .map(({ name, outcome, startedAt, finishedAt }) => ({ name, outcome, startedAt, finishedAt }))
}

/** Go writes seven digits after the point, JavaScript reads three. */
function timeOf(text: string): Date | null {
  const date = new Date(text.replace(/(\.\d{3})\d*Z$/, '$1Z'))
  return Number.isNaN(date.getTime()) ? null : date
}

const conclusions = new Map<string, CheckStep['outcome']>([
  ['success', 'success'],
  ['failure', 'failure'],
  ['cancelled', 'cancelled'],
  ['skipped', 'skipped'],
])

/** A step as Gitea's API tells of it. */
export function readStep(step: StepAnswer): CheckStep {
  return {
    name: step.name,
    outcome:
      step.status === 'completed' ? (conclusions.get(step.conclusion) ?? 'unknown') : 'running',
    startedAt: step.started_at,
    finishedAt: step.completed_at,
  }
}

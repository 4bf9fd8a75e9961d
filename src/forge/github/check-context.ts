import type { CheckRunData, WorkflowRunData } from './check-data.ts'

/** One check run with the workflow run whose job it is; null where it is of another app, or the runs cannot be read. */
export interface NamedCheckRun {
  readonly run: CheckRunData
  readonly workflow: WorkflowRunData | null
}

export function isActionsRun({ app }: CheckRunData): boolean {
  return app?.slug === 'github-actions'
}

function sourceOf({ run, workflow }: NamedCheckRun): string {
  return workflow?.name ?? run.app?.slug ?? ''
}

/** Of the same context the one that was made last speaks. */
function isLater(one: NamedCheckRun, other: NamedCheckRun): boolean {
  const [suite, otherSuite] = [one.run.check_suite?.id ?? 0, other.run.check_suite?.id ?? 0]
  return suite === otherSuite ? one.run.id > other.run.id : suite > otherSuite
}

function distinct(values: readonly string[]): number {
  return new Set(values).size
}

/**
 * Gives each check run its context: its name, as the settings of a protected branch call it. Where several workflows or apps use
 * one name it is `workflow / name`, and where the same workflow ran for several events those other than `pull_request` are
 * named behind it. Of runs that still have one context the last is kept.
 */
export function nameContexts(runs: readonly NamedCheckRun[]): ReadonlyMap<string, NamedCheckRun> {
  const contexts = new Map<string, NamedCheckRun>()
  for (const one of runs) {
    const namesakes = runs.filter(({ run }) => run.name === one.run.name)
    const source = sourceOf(one)
    const siblings = namesakes.filter((other) => sourceOf(other) === source)
    const event = one.workflow?.event ?? 'pull_request'
    const isOfManyEvents = distinct(siblings.map(({ workflow }) => workflow?.event ?? '')) > 1
    const context = [
      ...(distinct(namesakes.map(sourceOf)) > 1 ? [`${source} / `] : []),
      one.run.name,
      ...(isOfManyEvents && event !== 'pull_request' ? [` (${event})`] : []),
    ].join('')
    const there = contexts.get(context)
    if (there === undefined || isLater(one, there)) {
      contexts.set(context, one)
    }
  }
  return contexts
}

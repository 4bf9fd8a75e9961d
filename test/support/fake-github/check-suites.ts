import type { Account } from '../fake-forge/accounts.ts'
import { checkRunShape, suiteShape } from './check-shapes.ts'
import type { AppIdentity, CheckRun, CheckSuite, Repository } from './records.ts'
import { appShape } from './shapes.ts'
import { now, type World } from './world.ts'

/** A suite of an App for a commit; Actions have one for each run. */
export function openSuite(
  world: World,
  repository: Repository,
  app: AppIdentity,
  sha: string,
  headBranch: string | null,
): CheckSuite {
  const suite: CheckSuite = {
    id: world.nextId(),
    sha,
    app,
    headBranch,
    status: 'queued',
    conclusion: null,
    createdAt: now(),
    updatedAt: now(),
  }
  repository.suites.push(suite)
  return suite
}

export type NewCheckRun = Pick<CheckRun, 'name' | 'status' | 'conclusion'> & Partial<CheckRun>

export function addCheckRun(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  sender: Account,
  given: NewCheckRun,
): CheckRun {
  const id = world.nextId()
  const run: CheckRun = {
    startedAt: now(),
    completedAt: given.status === 'completed' ? now() : null,
    detailsUrl: `${world.url}/${repository.fullName}/runs/${id}`,
    title: null,
    summary: null,
    annotations: [],
    ...given,
    id,
    suite,
    sha: suite.sha,
  }
  repository.checkRuns.push(run)
  tellOfCheckRun(world, repository, run, 'created', sender)
  settleSuite(world, repository, suite, sender)
  return run
}

/** What the check run has become. */
export function changeCheckRun(
  world: World,
  repository: Repository,
  run: CheckRun,
  sender: Account,
  changes: Partial<CheckRun>,
): void {
  Object.assign(run, changes)
  run.completedAt ??= run.status === 'completed' ? now() : null
  if (run.status === 'completed') {
    tellOfCheckRun(world, repository, run, 'completed', sender)
  }
  settleSuite(world, repository, run.suite, sender)
}

function tellOfCheckRun(
  world: World,
  repository: Repository,
  run: CheckRun,
  action: 'created' | 'completed',
  sender: Account,
): void {
  world.emit('check_run', action, repository, sender, {
    check_run: {
      ...checkRunShape(world, repository, run),
      check_suite: suiteShape(world, repository, run.suite),
    },
  })
}

const worstFirst = [
  'startup_failure',
  'failure',
  'timed_out',
  'cancelled',
  'action_required',
  'stale',
  'success',
  'neutral',
  'skipped',
]

/** The worst conclusion of several; null for none. */
export function worstOf(conclusions: readonly (string | null)[]): string | null {
  return worstFirst.find((one) => conclusions.includes(one)) ?? null
}

/** A suite is completed once all of its newest runs are; that is told each time it comes to be. */
export function settleSuite(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  sender: Account,
): void {
  const runs = latestRuns(repository.checkRuns.filter((run) => run.suite === suite))
  const isCompleted = runs.length > 0 && runs.every(({ status }) => status === 'completed')
  const wasCompleted = suite.status === 'completed'
  const isWaiting = runs.every(({ status }) => status === 'queued')
  suite.status = isCompleted ? 'completed' : isWaiting ? 'queued' : 'in_progress'
  suite.conclusion = isCompleted ? worstOf(runs.map(({ conclusion }) => conclusion)) : null
  suite.updatedAt = now()
  if (isCompleted && !wasCompleted) {
    world.emit('check_suite', 'completed', repository, sender, {
      check_suite: {
        ...suiteShape(world, repository, suite),
        app: appShape(suite.app),
      },
    })
  }
}

/** Of each name in each suite, the newest. */
export function latestRuns(runs: readonly CheckRun[]): readonly CheckRun[] {
  const latest = new Map(runs.map((run) => [`${run.suite.id} ${run.name}`, run]))
  return [...latest.values()]
}

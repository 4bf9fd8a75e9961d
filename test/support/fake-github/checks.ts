import { type ApiAnswer, ApiRefusal } from '../fake-forge/api-server.ts'
import { accountOf } from './callers.ts'
import { checkRunShape, suiteAnswerShape, suiteShape } from './check-shapes.ts'
import { addCheckRun, changeCheckRun, latestRuns, openSuite } from './check-suites.ts'
import type { Annotation, CheckRun, CheckSuite } from './records.ts'
import {
  found,
  invalid,
  numberOf,
  ok,
  paged,
  type RepositoryCall,
  type RepositoryRoute,
  textOf,
} from './routes.ts'
import { commitNamed, commitOf } from './statuses.ts'

export const checkRoutes: readonly RepositoryRoute[] = [
  ['POST', '/check-runs', createRun],
  [
    'GET',
    '/check-runs/{check_run_id}',
    (call) => ok(checkRunShape(call.world, call.repository, runOf(call))),
  ],
  ['PATCH', '/check-runs/{check_run_id}', updateRun],
  ['GET', '/check-runs/{check_run_id}/annotations', listAnnotations],
  ['GET', '/commits/{ref}/check-runs', listRunsOfCommit],
  ['GET', '/commits/{ref}/check-suites', listSuitesOfCommit],
  [
    'GET',
    '/check-suites/{check_suite_id}',
    (call) => ok(suiteAnswerShape(call.world, call.repository, suiteOf(call))),
  ],
  ['GET', '/check-suites/{check_suite_id}/check-runs', listRunsOfSuite],
  ['POST', '/check-suites/{check_suite_id}/rerequest', rerequestSuite],
]

/** "When a check suite is rerequested, its status is reset to queued and the conclusion is cleared"; the app does the rest. */
function rerequestSuite(call: RepositoryCall): ApiAnswer {
  const { world, repository, caller } = call
  const suite = suiteOf(call)
  suite.status = 'queued'
  suite.conclusion = null
  const check_suite = suiteShape(world, repository, suite)
  world.emit('check_suite', 'rerequested', repository, accountOf(caller), { check_suite })
  return ok({}, 201)
}

function runOf(call: RepositoryCall): CheckRun {
  const id = numberOf(call, 'check_run_id')
  return found(call.repository.checkRuns.find((run) => run.id === id))
}

function suiteOf(call: RepositoryCall): CheckSuite {
  const id = numberOf(call, 'check_suite_id')
  return found(call.repository.suites.find((suite) => suite.id === id))
}

async function createRun(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository, caller } = call
  if (caller.kind !== 'installation') {
    throw new ApiRefusal(403, 'You must authenticate via a GitHub App.')
  }
  const sha = textOf(call, 'head_sha') ?? ''
  if ((await commitOf(world, repository, sha)) === null) {
    throw new ApiRefusal(422, `No commit found for SHA: ${sha}`)
  }
  const known = repository.suites.find(
    (suite) => suite.sha === sha && suite.app.id === world.app.id,
  )
  const suite = known ?? openSuite(world, repository, world.app, sha, null)
  const run = addCheckRun(world, repository, suite, accountOf(caller), {
    name: textOf(call, 'name') ?? '',
    ...stateOf(call, 'queued'),
    ...outputOf(call, []),
  })
  return ok(checkRunShape(world, repository, run), 201)
}

function updateRun(call: RepositoryCall): ApiAnswer {
  const { world, repository, caller } = call
  const run = runOf(call)
  if (caller.kind !== 'installation' || run.suite.app.id !== world.app.id) {
    throw new ApiRefusal(
      403,
      'Invalid app_id `0` - check run can only be modified by the GitHub App that created it.',
    )
  }
  changeCheckRun(world, repository, run, accountOf(caller), {
    ...stateOf(call, run.status),
    ...outputOf(call, run.annotations),
  })
  return ok(checkRunShape(world, repository, run))
}

/** "Providing conclusion will automatically set the status parameter to completed." */
function stateOf(call: RepositoryCall, before: string): Pick<CheckRun, 'status' | 'conclusion'> {
  const conclusion = textOf(call, 'conclusion')
  const status = conclusion === null ? (textOf(call, 'status') ?? before) : 'completed'
  if (status === 'completed' && conclusion === null) {
    throw invalid('CheckRun', 'conclusion', 'missing_field')
  }
  return { status, conclusion }
}

/** "limits the number of annotations to a maximum of 50 per API request", and adds them to those before. */
function outputOf(call: RepositoryCall, before: readonly Annotation[]): Partial<CheckRun> {
  const output = call.given['output'] as
    | {
        readonly title?: string
        readonly summary?: string
        readonly annotations?: readonly GivenAnnotation[]
      }
    | undefined
  if (output === undefined) {
    return {}
  }
  const annotations = output.annotations ?? []
  if (annotations.length > 50) {
    throw invalid('CheckRun', 'annotations', 'invalid')
  }
  if ((output.summary ?? '').length > 65_535) {
    throw invalid('CheckRun', 'summary', 'custom', 'summary exceeds a maximum bytesize of 65535')
  }
  return {
    title: output.title ?? null,
    summary: output.summary ?? null,
    annotations: [
      ...before,
      ...annotations.map((one) => ({
        path: one.path,
        startLine: one.start_line,
        endLine: one.end_line,
        level: one.annotation_level,
        title: one.title ?? null,
        message: one.message,
      })),
    ],
  }
}

interface GivenAnnotation {
  readonly path: string
  readonly start_line: number
  readonly end_line: number
  readonly annotation_level: Annotation['level']
  readonly title?: string
  readonly message: string
}

function listAnnotations(call: RepositoryCall): ApiAnswer {
  const { items, headers } = paged(call, runOf(call).annotations)
  const shapes = items.map((one) => ({
    path: one.path,
    start_line: one.startLine,
    end_line: one.endLine,
    start_column: null,
    end_column: null,
    annotation_level: one.level,
    title: one.title,
    message: one.message,
    raw_details: null,
    blob_href: '',
  }))
  return { ...ok(shapes), headers }
}

async function listRunsOfCommit(call: RepositoryCall): Promise<ApiAnswer> {
  const sha = await commitNamed(call, 422)
  return listRuns(
    call,
    call.repository.checkRuns.filter((run) => run.sha === sha),
  )
}

function listRunsOfSuite(call: RepositoryCall): ApiAnswer {
  const suite = suiteOf(call)
  return listRuns(
    call,
    call.repository.checkRuns.filter((run) => run.suite === suite),
  )
}

function listRuns(call: RepositoryCall, all: readonly CheckRun[]): ApiAnswer {
  const { world, repository, query } = call
  const [name, status, appId] = ['check_name', 'status', 'app_id'].map((one) => query.get(one))
  const matching = (query.get('filter') === 'all' ? all : latestRuns(all))
    .filter((run) => !name || run.name === name)
    .filter((run) => !status || run.status === status)
    .filter((run) => !appId || run.suite.app.id === Number(appId))
  const { items, headers } = paged(call, matching.toReversed())
  return {
    ...ok({
      total_count: matching.length,
      check_runs: items.map((run) => checkRunShape(world, repository, run)),
    }),
    headers,
  }
}

async function listSuitesOfCommit(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository, query } = call
  const sha = await commitNamed(call, 422)
  const appId = query.get('app_id')
  const name = query.get('check_name')
  const matching = repository.suites
    .filter((suite) => suite.sha === sha)
    .filter((suite) => appId === null || suite.app.id === Number(appId))
    .filter(
      (suite) =>
        name === null ||
        repository.checkRuns.some((run) => run.suite === suite && run.name === name),
    )
  const { items, headers } = paged(call, matching)
  return {
    ...ok({
      total_count: matching.length,
      check_suites: items.map((suite) => suiteAnswerShape(world, repository, suite)),
    }),
    headers,
  }
}

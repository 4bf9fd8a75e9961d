import type { Check } from '../../core/checks/check.ts'
import type { CheckAnnotation, CheckLog, CheckStep } from '../../core/checks/check-log.ts'
import { readTail } from '../read-tail.ts'
import { allPages, type GithubRepository, perPage } from './github-repository.ts'
import { type Fetch, reach } from './guarded-fetch.ts'
import { type LogPlace, parseLogId } from './log-id.ts'
import { instead } from './to-bot-error.ts'

interface StepData {
  readonly name: string
  readonly status: string
  readonly conclusion: string | null
  readonly started_at?: string | null
  readonly completed_at?: string | null
}

const outcomes: Readonly<Record<string, CheckStep['outcome']>> = {
  success: 'success',
  failure: 'failure',
  timed_out: 'failure',
  cancelled: 'cancelled',
  skipped: 'skipped',
}

function toStep(step: StepData): CheckStep {
  const isRunning = step.status === 'in_progress'
  return {
    name: step.name,
    outcome: isRunning ? 'running' : (outcomes[step.conclusion ?? ''] ?? 'unknown'),
    startedAt: step.started_at ? new Date(step.started_at) : null,
    finishedAt: step.completed_at ? new Date(step.completed_at) : null,
  }
}

interface AnnotationData {
  readonly path: string
  readonly start_line: number
  readonly annotation_level: string | null
  readonly message: string | null
}

function toAnnotation(data: AnnotationData): CheckAnnotation {
  // Actions give what is about no file the path of their own folder.
  const hasFile = data.path !== '' && data.path !== '.github'
  const level = data.annotation_level
  return {
    level: level === 'failure' || level === 'warning' ? level : 'notice',
    path: hasFile ? data.path : null,
    line: hasFile ? data.start_line : null,
    message: data.message ?? '',
  }
}

async function readAnnotations(
  { octokit, where }: GithubRepository,
  id: number,
  signal: AbortSignal,
): Promise<readonly CheckAnnotation[]> {
  const pages = await allPages<readonly AnnotationData[]>((page) =>
    octokit.rest.checks.listAnnotations({
      ...where,
      check_run_id: id,
      per_page: perPage,
      page,
      request: { signal },
    }),
  )
  return pages.flat().map(toAnnotation)
}

type LogText = Pick<CheckLog, 'text' | 'isCut'>

/** A log may have hundreds of megabytes. */
const logTimeoutMs = 5 * 60_000

const noText: LogText = { text: null, isCut: false }

/**
 * The log of a job lies behind a URL that is good for a minute and needs no authorization, so it gets none: it is on another
 * host, which must not see our token.
 */
async function readText(
  { octokit, where }: GithubRepository,
  id: number,
  fetch: Fetch,
  maxBytes: number,
  signal: AbortSignal,
): Promise<LogText> {
  const answer: { readonly headers: { readonly location?: string | undefined } } =
    await octokit.rest.actions.downloadJobLogsForWorkflowRun({
      ...where,
      job_id: id,
      request: { signal, redirect: 'manual' },
    })
  const { location } = answer.headers
  if (location === undefined) {
    return noText
  }
  async function readEnd({ status, body }: Response): Promise<LogText> {
    if (status !== 200 || body === null) {
      await body?.cancel()
      return noText
    }
    return await readTail(body, maxBytes)
  }
  return await reach(fetch, location, { signal }, readEnd, logTimeoutMs)
}

async function readJobLog(
  github: GithubRepository,
  id: number,
  fetch: Fetch,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Pick<CheckLog, 'steps' | 'text' | 'isCut'>> {
  const { octokit, where, log } = github
  const steps = await octokit.rest.actions
    .getJobForWorkflowRun({ ...where, job_id: id, request: { signal } })
    .then(({ data }): readonly StepData[] => data.steps ?? [])
    .catch(instead('FORGE_NOT_FOUND', []))
    .catch(instead('FORGE_FORBIDDEN', []))
  try {
    const text = await readText(github, id, fetch, maxBytes, signal).catch(
      instead('FORGE_NOT_FOUND', noText),
    )
    return { steps: steps.map(toStep), ...text }
  } catch (error) {
    instead('FORGE_FORBIDDEN', null)(error)
    // A report without a log is better than none, and `examine` says what is missing.
    log.warn({ job: id, err: error }, 'github does not show the log of a job')
    return { steps: steps.map(toStep), ...noText }
  }
}

/** What another app wrote of its check run, in place of a log. */
async function readOutput(
  { octokit, where }: GithubRepository,
  id: number,
  maxBytes: number,
  signal: AbortSignal,
): Promise<LogText> {
  const output = await octokit.rest.checks
    .get({ ...where, check_run_id: id, request: { signal } })
    .then(({ data }) => [data.output.title, data.output.summary, data.output.text])
    .catch(instead('FORGE_NOT_FOUND', []))
  const text = output.filter((part) => (part ?? '') !== '').join('\n\n')
  return text === '' ? noText : await readTail(chunksOf(text), maxBytes)
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}

/** Annotations of a job are made of such lines of its log, by the runner and by workflow commands. */
const annotationLine = /^(?:\S+Z )?##\[(?:error|warning|notice)\]/gm

/** Whether annotations say what the log does not; each failed job has one at least, `Process completed with exit code 1.` */
function sayMore({ kind, annotations }: LogPlace, { text }: LogText): boolean {
  const told = kind === 'job' ? (text?.match(annotationLine)?.length ?? 0) : 0
  return annotations > told
}

/** See `Forge.readLog`. Two requests for a job, and one more where it has annotations that its log does not show. */
export async function readLog(
  github: GithubRepository,
  check: Check,
  fetch: Fetch,
  maxBytes: number,
  signal: AbortSignal,
): Promise<CheckLog | null> {
  const place = parseLogId(check.logId ?? '')
  if (place === null) {
    return null
  }
  const read =
    place.kind === 'job'
      ? await readJobLog(github, place.id, fetch, maxBytes, signal)
      : { steps: [], ...(await readOutput(github, place.id, maxBytes, signal)) }
  const annotations = sayMore(place, read) ? await readAnnotations(github, place.id, signal) : []
  const isEmpty = read.text === null && read.steps.length === 0 && annotations.length === 0
  return isEmpty ? null : { ...read, annotations }
}

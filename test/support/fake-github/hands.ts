import type { CheckState } from '../../../src/core/checks/check.ts'
import { type RefName, type Sha, toSha } from '../../../src/core/ids.ts'
import type { ForgeUnderTest, RunningJob } from '../../contract/forge/forge-under-test.ts'
import { tipOf } from './branches.ts'
import { addCheckRun, openSuite } from './check-suites.ts'
import { readPullDiff } from './diff-lines.ts'
import { addComment } from './issue-comments.ts'
import { labelPull } from './issues.ts'
import { closePull } from './pull-life.ts'
import type { Annotation, Pull, Repository, WorkflowRun } from './records.ts'
import { checkComment } from './review-comments.ts'
import { addReview } from './reviews.ts'
import { found } from './routes.ts'
import { addStatus } from './statuses.ts'
import { addJob, latestJobs, moveJob, startRun } from './workflow-runs.ts'
import { now, type World } from './world.ts'

/** What other people, and CI, do on GitHub. */
export interface GithubHands extends Omit<ForgeUnderTest, 'forge' | 'close'> {
  /** Jobs that wait to be run, once again or because somebody approved them, come to their end. */
  finishJob(sha: Sha, job: RunningJob): Promise<void>
  reopenAsPerson(number: number): Promise<void>
  /** Merges by pushing the head to the base. */
  mergeAsPerson(number: number): Promise<void>
}

const ci = { id: 777, slug: 'some-ci', name: 'Some CI' }
const workflowName = 'CI'

/** Actions' runner adds one to each failed job, at a line of its log, and writes the same there. */
function annotationsOf({ outcome, annotations = [] }: RunningJob): readonly Annotation[] {
  const ofRunner = {
    level: 'failure',
    path: null,
    line: 7,
    message: 'Process completed with exit code 1.',
  } as const
  const all = [...annotations, ...(outcome === 'failure' ? [ofRunner] : [])]
  return all.map(({ path, line, level, message }) => ({
    path: path ?? '.github',
    startLine: line ?? 1,
    endLine: line ?? 1,
    level,
    title: null,
    message,
  }))
}

export function makeHands(
  world: World,
  names: { readonly mirror: string; readonly heads: string },
): GithubHands {
  let moves = 0

  function mirror(): Repository {
    return world.repository(names.mirror)
  }

  function pullNumbered(number: number): Pull {
    return found(mirror().pulls.get(number))
  }

  /** A branch that only heads have is told by its name; the others are bases as well. */
  async function moveBranch(ref: RefName): Promise<Sha> {
    moves += 1
    const isHead = ref.startsWith('refs/heads/series/')
    const places = isHead ? [names.heads] : [...new Set([names.mirror, names.heads])]
    const text = Array.from({ length: 20 }, (_, index) =>
      index === 9 ? `line 10, moved ${moves}\n` : `line ${index + 1}\n`,
    ).join('')
    const base = tipOf(world, names.mirror, 'main') ?? ''
    const stream = `reset ${ref}
from ${base}

commit ${ref}
committer Ada Author <ada@example.org> ${1_700_000_000 + moves} +0000
data 5
moved
M 100644 inline file.txt
data ${text.length}
${text}
`
    for (const place of places) {
      await world.git.change(place, names.heads.split('/')[0] ?? '', async (git) => {
        await git(['fast-import', '--quiet', '--force'], stream)
      })
    }
    return toSha(world.git.refs(names.heads).get(ref) ?? '')
  }

  /** Which run a job belongs to: those of one name follow each other, others share a run. */
  async function runFor(sha: Sha, job: RunningJob): Promise<WorkflowRun> {
    const repository = mirror()
    const open = repository.runs
      .toReversed()
      .find((run) => run.sha === sha && run.conclusion !== 'action_required')
    const isHeld = job.outcome === 'approval-needed'
    if (open !== undefined && !isHeld && !open.jobs.some(({ name }) => name === job.name)) {
      return open
    }
    const pull = [...repository.pulls.values()].find(({ headSha }) => headSha === sha)
    return startRun(
      world,
      repository,
      {
        workflowName,
        sha,
        headBranch: pull?.headBranch ?? 'main',
        headRepository: pull?.headRepository ?? repository.fullName,
        event: pull === undefined ? 'push' : 'pull_request',
        planned: isHeld ? [job.name] : [],
      },
      isHeld ? 'action_required' : 'queued',
    )
  }

  function bringOn(run: WorkflowRun, job: RunningJob): void {
    const repository = mirror()
    const waiting = latestJobs(run).find(
      ({ name, checkRun }) => name === job.name && checkRun.status !== 'completed',
    )
    const working = waiting ?? addJob(world, repository, run, job.name)
    const steps = job.steps.map(({ name, outcome }) => ({ name, conclusion: outcome }))
    const isRunning = job.outcome === 'running'
    moveJob(world, repository, run, working, {
      status: isRunning ? 'in_progress' : 'completed',
      conclusion: isRunning ? null : job.outcome,
      steps,
      log: isRunning || job.outcome === 'skipped' ? null : logText(job.log),
      annotations: annotationsOf(job),
    })
  }

  return {
    moveBranch,
    async report(check) {
      const repository = mirror()
      const creator = world.accounts.add('some-ci[bot]', { isBot: true })
      const { sha, context, summary, targetUrl } = check
      if (check.origin !== 'check-run') {
        addStatus(world, repository, creator, {
          sha,
          context,
          state: statusStates[check.state],
          description: summary,
          targetUrl,
        })
        return
      }
      const known = repository.suites.find((one) => one.sha === sha && one.app.id === ci.id)
      const suite = known ?? openSuite(world, repository, ci, sha, null)
      addCheckRun(world, repository, suite, creator, {
        name: context,
        ...runStates[check.state],
        title: summary,
        ...(targetUrl === null ? {} : { detailsUrl: targetUrl }),
      })
    },
    async runJob(sha, job) {
      const run = await runFor(sha, job)
      if (job.outcome !== 'approval-needed') {
        bringOn(run, job)
      }
      return job.name
    },
    async finishJob(sha, job) {
      const run = mirror()
        .runs.toReversed()
        .find((one) => one.sha === sha && one.jobs.some(({ name }) => name === job.name))
      bringOn(found(run), job)
    },
    async comment(number, login, body) {
      addComment(world, mirror(), pullNumbered(number), world.accounts.add(login), body)
    },
    async review(number, login, { commit, body, comments, state }) {
      const repository = mirror()
      const pull = pullNumbered(number)
      const diff = await readPullDiff(world, pull, commit)
      await addReview(world, repository, pull, world.accounts.add(login), {
        state: reviewStates[state],
        body,
        commit,
        comments: comments.map((one) =>
          checkComment(diff, {
            path: one.path,
            body: one.body,
            line: one.line,
            side: one.side === 'old' ? 'LEFT' : 'RIGHT',
            ...(one.startLine === null ? {} : { start_line: one.startLine }),
          }),
        ),
      })
    },
    async label(number, login, label) {
      await labelPull(world, mirror(), pullNumbered(number), login, [label], 'add')
    },
    async allow(login, permission) {
      world.accounts.allow(names.mirror, login, permission)
    },
    async closeAsPerson(number) {
      await closePull(world, mirror(), pullNumbered(number), world.accounts.add('acme'))
    },
    async reopenAsPerson(number) {
      const pull = pullNumbered(number)
      pull.state = 'open'
      pull.closedAt = null
      pull.updatedAt = now()
    },
    async mergeAsPerson(number) {
      const { baseBranch, headSha } = pullNumbered(number)
      await world.git.change(names.mirror, 'acme', async (git) => {
        await git(['update-ref', `refs/heads/${baseBranch}`, headSha])
      })
    },
  }
}

/** As the runner writes it: a byte order mark, and a time before each line. */
function logText(log: string): string {
  const lines = log.replace(/\n$/, '').split('\n')
  return `\ufeff${lines.map((line) => `2026-01-02T03:04:05.0000000Z ${line}\n`).join('')}`
}

const statusStates: Readonly<Record<CheckState, string>> = {
  pending: 'pending',
  running: 'pending',
  'approval-needed': 'pending',
  success: 'success',
  skipped: 'success',
  failure: 'failure',
  error: 'error',
  cancelled: 'error',
}

const runStates: Readonly<
  Record<CheckState, { readonly status: string; readonly conclusion: string | null }>
> = {
  pending: { status: 'queued', conclusion: null },
  running: { status: 'in_progress', conclusion: null },
  'approval-needed': { status: 'completed', conclusion: 'action_required' },
  success: { status: 'completed', conclusion: 'success' },
  skipped: { status: 'completed', conclusion: 'skipped' },
  failure: { status: 'completed', conclusion: 'failure' },
  error: { status: 'completed', conclusion: 'timed_out' },
  cancelled: { status: 'completed', conclusion: 'cancelled' },
}

const reviewStates = {
  approved: 'APPROVED',
  'changes-requested': 'CHANGES_REQUESTED',
  commented: 'COMMENTED',
  dismissed: 'DISMISSED',
} as const

import { BotError } from '../core/bot-error.ts'
import type { Job, JobKind } from '../store/store.ts'
import { hearMail } from './acts/hear-mail.ts'
import { collectChecks } from './checks/collect-checks.ts'
import { rerunChecks } from './checks/rerun-checks.ts'
import { runTest } from './checks/run-test.ts'
import { sayStatus } from './checks/say-status.ts'
import { fullDiskRetryMs, isDiskFull } from './full-disk.ts'
import type { JobWork } from './job-outcome.ts'
import type { FlowPorts } from './ports.ts'
import { publishSeries } from './publish/publish-series.ts'
import { createPublishing } from './publish/publish-together.ts'
import { realignBranch } from './publish/realign-branch.ts'
import { refreshProject } from './publish/refresh-branches.ts'
import { bringPullRequest } from './pull-request/bring-pull-request.ts'
import { notePullGivenUp } from './pull-request/given-up.ts'
import { hearComments } from './pull-request/hear-comments.ts'
import { reconcilePullRequests } from './pull-request/reconcile-pull-requests.ts'
import { refusedLogins } from './refused-login.ts'
import { noteBounce } from './report/note-bounce.ts'
import { sendMail } from './report/send-mail.ts'
import { anyFreeAt } from './report/send-rate.ts'
import { writeDigest } from './report/write-digest.ts'
import { assembleMails } from './series/assemble-mails.ts'
import { tidyUp } from './tidy-up.ts'
import { tracedLog } from './trace.ts'

const works: Readonly<Record<JobKind, JobWork>> = {
  assemble: (job, ports, signal) => assembleMails([job], ports, signal),
  publish: publishSeries,
  test: runTest,
  collect: collectChecks,
  send: sendMail,
  refresh: refreshProject,
  digest: writeDigest,
  bounce: noteBounce,
  release: hearMail,
  realign: realignBranch,
  pull: bringPullRequest,
  reconcile: reconcilePullRequests,
  hear: hearComments,
  status: sayStatus,
  rerun: rerunChecks,
  tidy: tidyUp,
}

/** Jobs of one lane run one after the other; a long test keeps no mail waiting, and neither does a slow forge. */
export const lanes: readonly (readonly JobKind[])[] = [
  ['assemble', 'bounce', 'release'],
  ['publish', 'refresh', 'realign'],
  ['test'],
  ['collect', 'status', 'rerun'],
  ['pull', 'reconcile', 'hear'],
  ['send', 'digest'],
  ['tidy'],
]

/** A lease outlives any job that still says it is alive. */
const leaseMs = 60_000
const longestDelayMs = 15 * 60_000
const firstDelayMs = 1_000
export const maxAttempts = 12

function backoff(attempt: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 20))
}

const firstLoginDelayMs = 5 * 60_000
const longestLoginDelayMs = 60 * 60_000

function loginBackoff(attempt: number): number {
  return Math.min(longestLoginDelayMs, firstLoginDelayMs * 2 ** Math.min(attempt - 1, 20))
}

/**
 * What cannot get better by waiting is dead at once, but for a refused login; what only waiting mends (a mirror that is gone for a weekend) is
 * tried for as long as it takes, and a fault that nobody foresaw a limited number of times, ever more rarely. A full disk is
 * looked at every half minute.
 */
async function giveBack(job: Job, error: unknown, ports: FlowPorts): Promise<void> {
  const isLogin = error instanceof BotError && refusedLogins.includes(error.code)
  const isFull = isDiskFull(error)
  const isHopeless =
    error instanceof BotError ? error.retry !== 'later' && !isLogin : job.attempt >= maxAttempts
  const isFinal = isHopeless && !isFull
  const text = error instanceof BotError ? `${error.code}: ${error.message}` : String(error)
  const fields = { job: job.kind, key: job.key, attempt: job.attempt, err: error }
  if (isFinal) {
    ports.log.error(fields, 'job given up')
    if (job.kind === 'pull') {
      await notePullGivenUp(job, text, ports)
    }
    await ports.store.fail(job, null, text)
    return
  }
  const usualMs = isLogin ? loginBackoff(job.attempt) : backoff(job.attempt)
  const delayMs = isFull ? Math.min(usualMs, fullDiskRetryMs) : usualMs
  if (isLogin) {
    ports.log.error(fields, 'a login is refused, will be tried again')
  } else {
    ports.log.warn(fields, 'job failed, will be tried again')
  }
  await ports.store.fail(job, new Date(ports.clock().getTime() + delayMs), text)
}

function isLeaseLost(error: unknown): boolean {
  return error instanceof BotError && error.code === 'STORE_LEASE_LOST'
}

/** Extends the leases until the returned function is called. */
function keepLeases(jobs: readonly Job[], ports: FlowPorts): () => void {
  return ports.every(leaseMs / 3, async () => {
    const until = new Date(ports.clock().getTime() + leaseMs)
    for (const job of jobs) {
      await ports.store.extendLease(job, until)
    }
  })
}

async function runJob(job: Job, given: FlowPorts, signal: AbortSignal): Promise<void> {
  // A copy: the configuration stays the same for one job, whatever is read meanwhile.
  const ports = { ...given, log: await tracedLog(job, given) }
  const heartbeat = keepLeases([job], ports)
  try {
    await works[job.kind](job, ports, signal)
    ports.log.debug({ job: job.kind, key: job.key, attempt: job.attempt }, 'job done')
  } catch (error) {
    if (isLeaseLost(error)) {
      ports.log.warn({ job: job.kind, key: job.key }, 'job lost its lease; its work was not stored')
    } else if (signal.aborted) {
      // Stopped, not failed: the next start takes it up again.
      await ports.store.fail(job, ports.clock(), 'stopped')
    } else {
      await giveBack(job, error, ports)
    }
  } finally {
    heartbeat()
  }
}

/** Whether the limits of sending let any mail go now; what waits for them is not even looked at. */
async function mayRun(kinds: readonly JobKind[], ports: FlowPorts): Promise<boolean> {
  const { limits } = ports.sending
  return (
    !kinds.includes('send') ||
    (await ports.store.read((reader) => anyFreeAt(limits, reader, ports.clock()))) === null
  )
}

/** What is claimed in one go; `assembleMails` bounds how long the store's driver holds the event loop. */
const threadsAtOnce = 200

/** Assembles threads together; when that fails, each for itself, so that one that cannot be keeps no other waiting. */
async function assembleTogether(
  jobs: readonly Job[],
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const heartbeat = keepLeases(jobs, ports)
  try {
    await assembleMails(jobs, ports, signal)
    ports.log.debug({ job: 'assemble', count: jobs.length }, 'jobs done')
    return
  } catch (error) {
    ports.log.debug({ job: 'assemble', count: jobs.length, err: error }, 'one after the other now')
  } finally {
    heartbeat()
  }
  for (const job of jobs) {
    await runJob(job, ports, signal)
  }
}

/**
 * Runs due jobs of these kinds until none is due; topics that are due at the same time are published together. `draining` stops taking new ones, `signal` stops those that
 * run. Returns how many were run.
 */
export async function runDueJobs(
  kinds: readonly JobKind[],
  worker: string,
  ports: FlowPorts,
  draining: AbortSignal,
  signal: AbortSignal,
): Promise<number> {
  const publishing = createPublishing(ports, signal)
  let count = 0
  try {
    while (!draining.aborted && !signal.aborted && (await mayRun(kinds, ports))) {
      const now = ports.clock()
      const until = new Date(now.getTime() + leaseMs)
      const job = await ports.store.claim(kinds, worker, now, until)
      if (job?.kind === 'publish') {
        await publishing.take(job, (own) => runJob(job, own, signal))
        count += 1
        continue
      }
      if (job === null && publishing.isIdle) {
        return count
      }
      await publishing.finish()
      if (job === null) {
        continue
      }
      const alike =
        job.kind === 'assemble'
          ? await ports.store.claimAlike(job, threadsAtOnce - 1, worker, now, until)
          : []
      await (alike.length === 0
        ? runJob(job, ports, signal)
        : assembleTogether([job, ...alike], ports, signal))
      count += 1 + alike.length
    }
  } finally {
    await publishing.finish()
  }
  return count
}

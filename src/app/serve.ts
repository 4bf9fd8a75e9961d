import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { BotError } from '../core/bot-error.ts'
import { followSource, ingestSource } from '../flow/intake/ingest-source.ts'
import { recoverArchive } from '../flow/intake/take-mail.ts'
import { noteLostPulls } from '../flow/pull-request/given-up.ts'
import { requireOwnMirrors, requireOwnStore } from '../flow/recovery/require-own-store.ts'
import { isLoginRefused, refusedLogins } from '../flow/refused-login.ts'
import { waitingNote } from '../flow/report/may-leave.ts'
import { lanes, maxAttempts, runDueJobs } from '../flow/run-jobs.ts'
import { tidyKey } from '../flow/tidy-up.ts'
import { lockWorker } from '../store/sqlite/worker-lock.ts'
import type { StoreTransaction, WorkerLock } from '../store/store.ts'
import { checkTrustAtStart } from './doctor/trust.ts'
import { type Listening, startListeners } from './listeners.ts'
import type { Runtime } from './runtime.ts'
import { sourceRetryMs } from './source-retry.ts'
import { clearTestBench } from './test-bench.ts'
import { createWakeUp, type WakeUp } from './wake-up.ts'
import { createWatch } from './watch.ts'
import { tellNewSecrets, watchSecrets } from './watch-secrets.ts'

/** How often waiting jobs are looked for where nothing woke the lanes. */
const pollMs = 500
const storeRetryMs = 30_000
const refreshEveryMs = 5 * 60_000
/** The job itself knows whether a day is over. */
const tidyEveryMs = 60 * 60_000

/** What two signals ask of a running service. */
export interface StopSignals {
  /** Take nothing new, finish what is begun. */
  readonly draining: AbortSignal
  /** Stop at once; what is begun is taken up again by the next start. */
  readonly stopping: AbortSignal
}

function workerName(): string {
  return `${process.pid}`
}

/**
 * Becomes the one worker of the store: lock, sweep of what a dead worker held, recovery of mails that were
 * archived but not stored. Throws STORE_WORKER_RUNNING.
 */
async function takeOver(
  config: Config,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<WorkerLock> {
  const lock = lockWorker(runtime.layout.workerLock)
  try {
    await clearTestBench(runtime.layout.checkouts)
    const freed = await runtime.ports.store.sweep(runtime.ports.clock(), maxAttempts, true)
    await noteLostPulls(runtime.ports)
    await requireOwnStore(runtime.ports, signal)
    await requireOwnMirrors(runtime.ports, signal)
    const recovered = await recoverArchive(runtime.ports, signal)
    runtime.ports.log.info({ freed, recovered, file: config.file }, 'worker started')
    await lookAgain(runtime)
    return lock
  } catch (error) {
    lock.release()
    throw error
  }
}

/** The configuration is new: projects look at their upstreams, and mails that wait by their policy need not any more. */
async function lookAgain(runtime: Runtime): Promise<void> {
  const now = runtime.ports.clock()
  await runtime.ports.store.transaction(async (tx) => {
    await wakeProjects(runtime, now, tx)
    await tx.enqueue('tidy', tidyKey, now)
    await tx.hastenMails(waitingNote, now)
    await tx.hastenFailed(refusedLogins, now)
  })
}

async function runLane(
  kinds: (typeof lanes)[number],
  runtime: Runtime,
  wakeUp: WakeUp,
  { draining, stopping }: StopSignals,
): Promise<void> {
  while (!draining.aborted) {
    try {
      const count = await runDueJobs(kinds, workerName(), runtime.ports, draining, stopping)
      if (count > 0) {
        wakeUp.ring()
      }
    } catch (error) {
      // The store itself failed: a full disk is waited out, and nothing was lost.
      runtime.ports.log.error({ err: error }, 'the store does not answer')
      await sleep(storeRetryMs, undefined, { signal: draining }).catch(() => undefined)
    }
    await wakeUp.wait(pollMs, draining)
  }
}

/** What the jobs that were begun have found is said before the end; nothing else is taken up. */
async function finishBegun(runtime: Runtime, stopping: AbortSignal): Promise<void> {
  await runDueJobs(['collect'], workerName(), runtime.ports, stopping, stopping)
  await runDueJobs(['send'], workerName(), runtime.ports, stopping, stopping)
}

export interface Service {
  readonly listening: Listening
  /** Looks for due jobs now, and not at the next turn of half a second. */
  readonly wake: () => void
  /** To be called after the configuration has changed. */
  lookAgain(): Promise<void>
  /** Resolves once the service has drained or stopped, everything closed. Rejects when it had to give up. */
  readonly ended: Promise<void>
}

/**
 * Starts the service: sources are followed, jobs run, two servers listen. Resolves once it is up. Throws
 * STORE_WORKER_RUNNING when another worker has the store.
 */
export async function startService(
  config: Config,
  runtime: Runtime,
  signals: StopSignals,
): Promise<Service> {
  const lock = await takeOver(config, runtime, signals.stopping)
  const wakeUp = createWakeUp()
  const watch = createWatch(runtime, runtime.ports.clock())
  let listening: Listening
  try {
    listening = await startListeners(config, runtime, wakeUp, watch)
  } catch (error) {
    lock.release()
    throw error
  }
  const { log } = runtime.ports
  for (const { check, level, message, remedy } of config.projects.flatMap(checkTrustAtStart)) {
    if (level === 'warning') {
      log.warn({ about: check, remedy }, message)
    }
  }
  const retryNow = createWakeUp()
  const ignoreSecrets = await watchSecrets(
    config.secretFiles.map(({ file }) => file),
    async (changed) => {
      if (tellNewSecrets(changed, config, log)) {
        await tryLoginsAgain(runtime)
        retryNow.ring()
        wakeUp.ring()
      }
    },
  )
  const reading = AbortSignal.any([signals.draining, signals.stopping])
  const follow = runtime.sources.map((source) =>
    followSource(
      source,
      runtime.ports,
      (mails, since) => {
        runtime.lookout.noteRead(source.name, since)
        if (mails > 0) {
          wakeUp.ring()
        }
      },
      async (error, failures) => {
        runtime.lookout.noteFailure(source.name)
        const retryMs = Math.round(sourceRetryMs(failures, error))
        const fields = { source: source.name, failures, retryMs, err: error }
        log.error(fields, 'source failed, will be tried again')
        await retryNow.wait(retryMs, reading)
      },
      reading,
    ),
  )
  const stopWaking = wakeRegularly(config, runtime)
  const stopWatching = runtime.ports.every(1_000, () => watch.roundIfDue())
  const work = lanes.map((kinds) => runLane(kinds, runtime, wakeUp, signals))
  async function end(): Promise<void> {
    try {
      await Promise.all([...follow, ...work])
      await finishBegun(runtime, signals.stopping)
    } finally {
      stopWaking()
      stopWatching()
      ignoreSecrets()
      await listening.close()
      lock.release()
      log.info({}, 'worker ended')
    }
  }
  return {
    listening,
    async lookAgain() {
      await lookAgain(runtime)
      wakeUp.ring()
    },
    wake: wakeUp.ring,
    ended: end(),
  }
}

/** What waits because a login was refused is due now. */
async function tryLoginsAgain({ ports }: Runtime): Promise<void> {
  await ports.store.transaction((tx) => tx.hastenFailed(refusedLogins, ports.clock()))
}

/** Wakes what looks again by itself until the returned function is called: upstreams, and the pull requests of each forge. */
function wakeRegularly(config: Config, { ports }: Runtime): () => void {
  async function wake(
    kind: 'refresh' | 'reconcile' | 'tidy',
    names: readonly string[],
  ): Promise<void> {
    await ports.store.transaction(async (tx) => {
      for (const name of names) {
        await tx.enqueue(kind, name, ports.clock())
      }
    })
  }
  const names = config.projects.map(({ name }) => name)
  const stops = [
    ports.every(refreshEveryMs, () => wake('refresh', names)),
    ports.every(tidyEveryMs, () => wake('tidy', [tidyKey])),
  ]
  for (const { name, forge } of config.projects) {
    if (forge !== null) {
      stops.push(ports.every(forge.account.pollMs, () => wake('reconcile', [name])))
    }
  }
  return () => {
    for (const stop of stops) {
      stop()
    }
  }
}

/** Each project looks at its upstream, and at its open pull requests. */
async function wakeProjects(
  { ports }: Pick<Runtime, 'ports'>,
  now: Date,
  tx: StoreTransaction,
): Promise<void> {
  for (const { project, forge } of ports.projects) {
    await tx.enqueue('refresh', project.name, now)
    if (forge.capabilities.pullRequests) {
      await tx.enqueue('reconcile', project.name, now)
    }
  }
}

export type SyncOutcome = 'done' | 'cut-short'

/**
 * One pass for cron, without servers: every source is read, then jobs run until none is due, those that became due
 * meanwhile and tests included. `cut-short` when the time was over first.
 */
export async function syncOnce(
  config: Config,
  runtime: Runtime,
  maxTimeMs: number | null,
  signals: StopSignals,
): Promise<SyncOutcome> {
  const lock = await takeOver(config, runtime, signals.stopping)
  const over = maxTimeMs === null ? new AbortController().signal : AbortSignal.timeout(maxTimeMs)
  const draining = AbortSignal.any([signals.draining, over])
  const failures: unknown[] = []
  const watch = createWatch(runtime, runtime.ports.clock())
  try {
    for (const source of runtime.sources) {
      try {
        const since = runtime.ports.clock()
        await ingestSource(source, runtime.ports, draining)
        if (!draining.aborted) {
          runtime.lookout.noteRead(source.name, since)
        }
      } catch (error) {
        if (!draining.aborted) {
          runtime.lookout.noteFailure(source.name)
          runtime.ports.log.error({ source: source.name, err: error }, 'source failed')
          failures.push(error)
        }
      }
    }
    const stopping = AbortSignal.any([signals.stopping, over])
    await runAllLanes(runtime, draining, stopping)
    if (draining.aborted) {
      await finishBegun(runtime, stopping)
    } else {
      await watch.round()
      await runDueJobs(['send'], workerName(), runtime.ports, draining, stopping)
    }
  } finally {
    lock.release()
  }
  if (draining.aborted) {
    return 'cut-short'
  }
  await requireLogins(runtime)
  const first = failures[0]
  if (first !== undefined) {
    throw first instanceof BotError ? first : new Error('a source failed', { cause: first })
  }
  return 'done'
}

/** Cron hears of a refused login by the exit code. Throws CLI_LOGIN_REFUSED where a job waits for one. */
async function requireLogins({ ports }: Runtime): Promise<void> {
  const failed = await ports.store.read((reader) => reader.failedJobs(1_000))
  const refused = failed.filter(isLoginRefused)
  const [first] = refused
  if (first !== undefined) {
    throw new BotError(
      'CLI_LOGIN_REFUSED',
      `a login is refused, and ${refused.length} ${refused.length === 1 ? 'job waits' : 'jobs wait'} for it: ${first.kind} ${first.key}: ${first.lastError}`,
      { retry: 'later', details: { job: first.kind, key: first.key } },
    )
  }
}

/** Runs all lanes side by side until no job is due in any; a job of one lane may wake another. */
async function runAllLanes(
  runtime: Runtime,
  draining: AbortSignal,
  stopping: AbortSignal,
): Promise<void> {
  for (let count = -1; count !== 0 && !draining.aborted; ) {
    const counts = await Promise.all(
      lanes.map((kinds) => runDueJobs(kinds, workerName(), runtime.ports, draining, stopping)),
    )
    count = counts.reduce((sum, one) => sum + one, 0)
  }
}

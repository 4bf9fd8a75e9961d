import { stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { BotError } from '../core/bot-error.ts'
import type { Isolation } from '../core/trust/isolation.ts'
import { removeTree } from '../util/remove-tree.ts'
import { bubblewrap } from './bubblewrap.ts'
import { createCappedOutput } from './capped-output.ts'
import { type Confinement } from './confinement.ts'
import { container } from './container.ts'
import { noConfinement } from './no-confinement.ts'
import { type OutputPipe, openOutputPipe } from './output-pipe.ts'
import { createRunFolder, type RunFolder, recordRun } from './run-folder.ts'
import { type ProcessEnd, runProcess } from './run-process.ts'
import type { Tester, TestRequest, TestResult } from './tester.ts'
import { startWatcher, type Watcher } from './watcher.ts'

export interface CommandTesterOptions {
  /** Added to the scrubbed environment of every run; PATH and LANG may be replaced. */
  readonly environment: Readonly<Record<string, string>>
  /** How much of the output is kept, half of it from the end. */
  readonly outputBytes: number
  /** Between the request to end and the kill, at a timeout. */
  readonly graceMs: number
}

export const defaultTesterOptions: CommandTesterOptions = {
  environment: {},
  outputBytes: 256 * 1024,
  graceMs: 5000,
}

function confinementOf(isolation: Isolation): Confinement {
  switch (isolation.kind) {
    case 'none':
      return noConfinement
    case 'bubblewrap':
      return bubblewrap(isolation.readable)
    case 'container':
      return container(isolation)
  }
}

async function openPipe(
  folder: RunFolder,
  onData: (chunk: Uint8Array) => void,
): Promise<OutputPipe> {
  try {
    return await openOutputPipe(path.join(folder.path, 'output'), onData)
  } catch (cause) {
    const message = `cannot make a pipe in ${folder.path}`
    throw new BotError('TESTER_FOLDER', message, { retry: 'later', cause })
  }
}

function toResult(
  end: ProcessEnd,
  output: string,
  request: TestRequest,
  confinement: Confinement,
): TestResult {
  if (end.outcome === 'not-spawned') {
    return { outcome: 'not-started', reason: confinement.whyNotSpawned(request, end.error) }
  }
  const { exitCode, durationMs } = end
  if (end.stoppedBy === 'timeout') {
    return { outcome: 'timed-out', output, durationMs }
  }
  if (exitCode === 0) {
    return { outcome: 'passed', output, durationMs }
  }
  const reason = confinement.whyNotBegun(request, { exitCode, status: end.status, output })
  return reason === null
    ? { outcome: 'failed', exitCode, output, durationMs }
    : { outcome: 'not-started', reason }
}

async function runIn(
  folder: RunFolder,
  request: TestRequest,
  confinement: Confinement,
  options: CommandTesterOptions,
  signal: AbortSignal,
): Promise<TestResult> {
  const launch = await confinement.prepare(request, folder, {
    LANG: 'C.UTF-8',
    CI: 'true',
    ...options.environment,
    ...request.environment,
  })
  const output = createCappedOutput(options.outputBytes)
  const pipe = await openPipe(folder, (chunk) => output.add(chunk))
  let watcher: Watcher | null = null
  try {
    await recordRun(folder, launch.cleanup)
    watcher = launch.diesWithParent ? null : await startWatcher(folder.marker, launch.cleanup)
    const end = await runProcess(
      {
        launch,
        marker: folder.marker,
        outputEnd: pipe.writeEnd,
        timeoutMs: request.timeoutMs,
        graceMs: options.graceMs,
        whomToAsk: confinement.whomToAsk,
        onSpawned: (pid) => {
          pipe.closeWriteEnd()
          if (pid !== null) {
            watcher?.watch(pid)
          }
        },
      },
      signal,
    )
    // Whoever escaped the kill must not keep us: half a second is enough to read what is in the pipe.
    await Promise.race([pipe.drained, delay(500, null, { ref: false })])
    signal.throwIfAborted()
    return toResult(end, output.text(), request, confinement)
  } finally {
    pipe.destroy()
    await watcher?.stop()
  }
}

/**
 * Runs a test command without a shell in its checkout: an environment that has nothing of ours, no standard
 * input, a process group of its own. When a run ends, by itself, by timeout or by abort, everything it started
 * is killed; when our process dies, bubblewrap or a watcher does it, and `killLeftovers` makes sure at the next
 * start. Files of a run lie in `<checkout>.run` beside it and are removed. Throws TESTER_FOLDER.
 */
export function commandTester(
  isolation: Isolation,
  given: Partial<CommandTesterOptions> = {},
): Tester {
  const options = { ...defaultTesterOptions, ...given }
  const confinement = confinementOf(isolation)
  return {
    async run(request, signal) {
      signal.throwIfAborted()
      const checkout = await stat(request.directory).catch(() => null)
      if (checkout === null || !checkout.isDirectory()) {
        return { outcome: 'not-started', reason: `there is no checkout ${request.directory}` }
      }
      const folder = await createRunFolder(request.directory)
      try {
        return await runIn(folder, request, confinement, options, signal)
      } finally {
        // What cannot be removed now is tried again at the next run or start; the result counts.
        await removeTree(folder.path).catch(() => undefined)
      }
    },
  }
}

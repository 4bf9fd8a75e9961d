import type { Writable } from 'node:stream'
import { SingleBar } from 'cli-progress'
import type { ImportProgress } from '../app/import/import-mails.ts'
import type { Terminal } from '../app/terminal.ts'
import { isTerminal } from './terminal.ts'

/** Says how far an import has come, until `end`. */
export interface ProgressView {
  readonly show: (progress: ImportProgress) => void
  readonly end: () => void
}

const lineEveryMs = 10_000

const nothing: ProgressView = { show: () => undefined, end: () => undefined }

/**
 * A bar where a person looks at the terminal, a line now and then elsewhere, nothing when `isQuiet`. `total` is how
 * many bytes there are to read, as soon as that is known; null: nobody knows.
 */
export function importProgress(
  terminal: Terminal,
  total: Promise<number | null>,
  isQuiet: boolean,
): ProgressView {
  if (isQuiet) {
    return nothing
  }
  const { stderr } = terminal
  const view =
    terminal.isInteractive && isTerminal(stderr) ? progressBar(stderr) : progressLines(stderr)
  void total.then((bytes) => view.expect(bytes))
  return view
}

interface ExpectingView extends ProgressView {
  expect(bytes: number | null): void
}

function progressBar(stderr: Writable): ExpectingView {
  const meter = startMeter()
  const bar = new SingleBar({
    stream: stderr,
    format: '{bar} {percentage}% | {text}',
    hideCursor: true,
    barsize: 24,
    barCompleteString: '=',
    barIncompleteString: '-',
  })
  bar.start(1, 0, { text: 'looking' })
  return {
    expect: (bytes) => meter.expect(bytes),
    show(progress) {
      bar.setTotal(Math.max(meter.total() ?? 0, progress.bytes, 1))
      bar.update(meter.total() === null ? 0 : progress.bytes, { text: meter.describe(progress) })
    },
    end: () => bar.stop(),
  }
}

function progressLines(stderr: Writable): ExpectingView {
  const meter = startMeter()
  let saidAt = performance.now()
  return {
    expect: (bytes) => meter.expect(bytes),
    show(progress) {
      if (performance.now() - saidAt >= lineEveryMs) {
        saidAt = performance.now()
        stderr.write(`patchferry: ${meter.describe(progress)}\n`)
      }
    },
    end: () => undefined,
  }
}

interface Meter {
  expect(bytes: number | null): void
  total(): number | null
  describe(progress: ImportProgress): string
}

/** The time left is told by the last minutes: what is known already is read over much faster than the rest. */
const windowMs = 120_000

function startMeter(): Meter {
  const startedAt = performance.now()
  let total: number | null = null
  let marks: readonly { readonly at: number; readonly bytes: number }[] = [
    { at: startedAt, bytes: 0 },
  ]
  function leftMs(now: number, bytes: number): number | null {
    marks = marks.filter(({ at }, n) => now - at < windowMs || n === marks.length - 1)
    const [first] = marks
    marks = [...marks, { at: now, bytes }]
    return total === null || first === undefined || bytes <= first.bytes
      ? null
      : ((total - bytes) * (now - first.at)) / (bytes - first.bytes)
  }
  return {
    expect(bytes) {
      total = bytes
    },
    total: () => total,
    describe({ mails, stored, bytes }) {
      const now = performance.now()
      const rate = Math.round((mails * 1000) / Math.max(1, now - startedAt))
      const left = leftMs(now, bytes)
      const ending = left === null ? '' : `, ${duration(left)} left`
      return `${mails} ${mails === 1 ? 'mail' : 'mails'} read, ${stored} taken, ${rate} a second${ending}`
    },
  }
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) {
    return `${seconds} s`
  }
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

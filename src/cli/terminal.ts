import type { Writable } from 'node:stream'
import type { Terminal } from '../app/terminal.ts'

/** The terminal of this process. The first SIGINT or SIGTERM drains, a second one stops. */
export function processTerminal(): Terminal {
  const draining = new AbortController()
  const stopping = new AbortController()
  function onSignal(): void {
    if (draining.signal.aborted) {
      stopping.abort()
    }
    draining.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // A reader that has seen enough, such as `head`, is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      process.exit(0)
    }
    throw error
  })
  // Nobody reads what is said; the work goes on.
  process.stderr.on('error', () => undefined)
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    isInteractive: process.stdout.isTTY,
    draining: draining.signal,
    stopping: stopping.signal,
    onHangup(listener) {
      process.on('SIGHUP', listener)
      return () => process.off('SIGHUP', listener)
    },
  }
}

/** Whether a person looks at it. */
export function isTerminal(stream: Writable): boolean {
  return 'isTTY' in stream && stream.isTTY === true
}

/** One line of output, without waiting for the reader. */
export function print(terminal: Terminal, line: string): void {
  terminal.stdout.write(`${line}\n`)
}

/** One document per line, for scripts. */
export function printJson(terminal: Terminal, document: unknown): void {
  print(terminal, JSON.stringify(document))
}

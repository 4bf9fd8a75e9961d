import { execFileSync } from 'node:child_process'
import { commandEnvironment } from '../util/command-environment.ts'

/** The program ran, and did not end well. */
export class CommandFailed extends Error {}

const patienceMs = 30_000

/**
 * All that a command prints. It runs without a shell; what it says on standard error is not repeated, because it may
 * hold the secret. Throws CommandFailed, or another error for a program that cannot be started, whose message names the program and how it ended.
 */
export function runSecretCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const [program = '', ...args] = argv
  try {
    return execFileSync(program, args, {
      env: commandEnvironment(environment),
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: patienceMs,
      encoding: 'utf8',
    })
  } catch (error) {
    const { status, code, signal } = Object(error) as {
      readonly status?: number | null
      readonly code?: string
      readonly signal?: string | null
    }
    const message = `${program} ended with ${code ?? signal ?? status ?? 'a fault'}`
    const hasRun = typeof status === 'number' || typeof signal === 'string'
    throw hasRun ? new CommandFailed(message) : new Error(message)
  }
}

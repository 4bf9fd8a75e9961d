import { execFileSync } from 'node:child_process'
import { commandEnvironment } from '../util/command-environment.ts'
import type { Surroundings } from './secrets.ts'

const patienceMs = 30_000

/**
 * All that a command prints. It runs without a shell; what it says on standard error is not repeated, because it may
 * hold the secret. Throws an error whose message names the program and how it ended.
 */
export function runSecretCommand(
  argv: readonly string[],
  environment: Surroundings['environment'],
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
    throw new Error(`${program} ended with ${code ?? signal ?? status ?? 'a fault'}`)
  }
}

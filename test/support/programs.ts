import { execFileSync } from 'node:child_process'

/**
 * Why tests that need this command must be skipped, null where it works. With `CI=true` nothing is skipped, so
 * that a missing program fails there.
 */
export function reasonToSkip(program: string, args: readonly string[]): string | null {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return null
  } catch {
    return process.env['CI'] === 'true'
      ? null
      : `skipped: \`${program} ${args.join(' ')}\` fails here`
  }
}

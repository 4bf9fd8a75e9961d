import { execFileSync } from 'node:child_process'
import { testGitEnvironment } from '../../test/support/test-repo.ts'

/** Runs git in a repository or work tree and gives its output, trailing newline removed. Throws when it fails. */
export type Git = (...args: readonly string[]) => string

export function gitOf(directory: string, env: Readonly<Record<string, string>> = {}): Git {
  return (...args) =>
    execFileSync('git', args, {
      cwd: directory,
      env: { ...testGitEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1024 ** 3,
    })
      .toString('utf8')
      .replace(/\n$/, '')
}

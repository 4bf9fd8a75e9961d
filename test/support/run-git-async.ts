import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { testGitEnvironment } from './test-repo.ts'

/** Git in `directory` without blocking this process; its output, trailing newline removed. Rejects when it fails. */
export async function runGitAsync(
  directory: string,
  args: readonly string[],
  input = '',
): Promise<string> {
  const child = spawn('git', args, { cwd: directory, env: testGitEnvironment() })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [output, complaint, [code]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  if (code !== 0) {
    throw new Error(`git ${args.join(' ')}: ${complaint.toString()}`)
  }
  return output.toString().replace(/\n$/, '')
}

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Sha, toSha } from '../../src/core/ids.ts'
import type { Mailbox } from '../../src/core/message.ts'
import { testGitEnvironment } from './test-repo.ts'

/**
 * The judge: plain `git am -3 --committer-date-is-author-date` in an ordinary full work tree. Gives the tip, or
 * null when git refuses. The repository at `gitDir` gets the objects and keeps its refs.
 */
export function gitAm(
  gitDir: string,
  base: Sha,
  mails: readonly Uint8Array[],
  committer: Mailbox,
): Sha | null {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-am-'))
  const tree = path.join(folder, 'tree')
  const env = {
    ...testGitEnvironment(),
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.address,
  }
  function git(cwd: string, ...args: readonly string[]): string {
    return execFileSync('git', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }).toString()
  }
  try {
    git(folder, '--git-dir', gitDir, 'worktree', 'add', '-q', '-f', '--detach', tree, base)
    const files = mails.map((mail, index) => {
      const file = path.join(folder, `${index}.eml`)
      writeFileSync(file, mail)
      return file
    })
    try {
      git(tree, 'am', '-q', '-3', '--committer-date-is-author-date', ...files)
    } catch {
      return null
    }
    return toSha(git(tree, 'rev-parse', 'HEAD').trim())
  } finally {
    rmSync(folder, { recursive: true, force: true })
    git(gitDir, '--git-dir', gitDir, 'worktree', 'prune')
  }
}

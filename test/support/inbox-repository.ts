import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { testGitEnvironment } from './test-repo.ts'

/** One commit: path -> content, null to remove it, or the name of a commit elsewhere (a submodule). */
export type InboxCommit = Readonly<Record<string, string | null | { readonly submodule: string }>>

export interface InboxRepository {
  readonly gitDir: string
  /** Adds commits to the branch, after `parent` instead of its tip where that is given, a second apart from `atSeconds` on. */
  commit(commits: readonly InboxCommit[], parent?: string, atSeconds?: number): void
  git(...args: readonly string[]): string
}

/** A bare repository, made when it is not there yet, that takes mails (latin1 text) as public-inbox writes them. */
export function inboxRepository(gitDir: string, branch = 'master'): InboxRepository {
  const ref = `refs/heads/${branch}`
  const env = testGitEnvironment()
  function git(...args: readonly string[]): string {
    return execFileSync('git', [`--git-dir=${gitDir}`, ...args], { env, encoding: 'utf8' }).trim()
  }
  mkdirSync(path.dirname(gitDir), { recursive: true })
  execFileSync('git', ['init', '-q', '--bare', '-b', branch, gitDir], { env })
  return {
    gitDir,
    git,
    commit(commits, parent, atSeconds = 1000) {
      const before = parent ?? git('for-each-ref', '--format=%(objectname)', ref)
      const stream = commits.map((files, index) => {
        const from = index === 0 && before !== '' ? `from ${before}\n` : ''
        const changes = Object.entries(files).map(([name, content]) => changeOf(name, content))
        const head = `commit ${ref}\ncommitter a <a@example.org> ${atSeconds + index} +0000\ndata 1\nx\n`
        return `${head}${from}${changes.join('')}`
      })
      const force = parent === undefined ? [] : ['--force']
      execFileSync('git', [`--git-dir=${gitDir}`, 'fast-import', '--quiet', ...force], {
        env,
        input: Buffer.from(stream.join('\n'), 'latin1'),
      })
    },
  }
}

function changeOf(name: string, content: InboxCommit[string]): string {
  if (content === null || content === undefined) {
    return `D ${name}\n`
  }
  return typeof content === 'string'
    ? `M 100644 inline ${name}\ndata ${content.length}\n${content}\n`
    : `M 160000 ${content.submodule} ${name}\n`
}

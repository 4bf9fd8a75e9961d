import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Sha, toSha } from '../../src/core/ids.ts'
import type { Mailbox } from '../../src/core/message.ts'
import { gitOf } from './git-of.ts'

/** Plain `git am -3 --committer-date-is-author-date`. */
export interface Judge {
  /** The tip; null when git refuses. */
  apply(base: Sha, mails: readonly Uint8Array[]): Sha | null
}

/** In a full work tree that is kept from series to series, below `folder`; borrows the objects of `gitDir`. */
export function openJudge(gitDir: string, folder: string, committer: Mailbox): Judge {
  const tree = path.join(folder, 'judge')
  const mailDir = path.join(folder, 'judge-mails')
  gitOf(folder)('clone', '-q', '--shared', '--no-checkout', gitDir, tree)
  const git = gitOf(tree, {
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.address,
  })
  git('config', 'gc.auto', '0')
  git('config', 'maintenance.auto', 'false')
  return {
    apply(base, mails): Sha | null {
      rmSync(mailDir, { recursive: true, force: true })
      mkdirSync(mailDir)
      const files = mails.map((mail, index) => {
        const file = path.join(mailDir, `${index}.eml`)
        writeFileSync(file, mail)
        return file
      })
      git('checkout', '-q', '-f', '--detach', base)
      try {
        git('am', '-q', '-3', '--committer-date-is-author-date', ...files)
        return toSha(git('rev-parse', 'HEAD'))
      } catch {
        git('am', '--abort')
        git('reset', '-q', '--hard', base)
        git('clean', '-q', '-f', '-d', '-x')
        return null
      }
    },
  }
}

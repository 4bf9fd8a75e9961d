import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { RefName, Sha } from '../../src/core/ids.ts'
import { openGitEngine } from '../../src/git/engine/open-git-engine.ts'
import { createRepository } from '../../src/git/engine/repository.ts'
import { readAsGit } from '../../src/mail/parse/read-as-git.ts'
import { toPatchMails } from '../../test/support/patch-mails.ts'
import { type Git, gitOf } from '../faithful/git-of.ts'

export interface Method {
  readonly name: string
  /** The tip, kept by a branch; null when refused. */
  apply(number: number, base: Sha, mails: readonly Uint8Array[]): Promise<string | null>
  close(): Promise<void>
}

const committer = { name: 'Patchferry', address: 'patchferry@localhost' }
const { signal } = new AbortController()

/** Each with a repository of its own below `folder` that borrows the objects of `source`, which it only reads. */
export async function openMethods(source: string, folder: string): Promise<readonly Method[]> {
  return [
    await ours(source, path.join(folder, 'ours.git')),
    persistent('git am -3 in a kept work tree', source, path.join(folder, 'kept'), []),
    persistent('the same, core.splitIndex', source, path.join(folder, 'split'), [
      ['core.splitIndex', 'true'],
    ]),
    fresh(source, path.join(folder, 'fresh')),
  ]
}

async function ours(source: string, place: string): Promise<Method> {
  await createRepository(place)
  writeFileSync(path.join(place, 'objects/info/alternates'), `${path.join(source, 'objects')}\n`)
  const engine = await openGitEngine(place, {
    tempDirectory: path.dirname(place),
    readMail: readAsGit,
  })
  return {
    name: 'patchferry',
    async apply(number, base, mails) {
      const request = { base, patches: toPatchMails(mails), committer, skipMerged: false }
      const applied = await engine.apply(request, signal)
      if (applied.outcome === 'conflict') {
        return null
      }
      await engine.updateRefs([{ ref: `refs/heads/s${number}` as RefName, target: applied.head }])
      return applied.head
    },
    close: async () => engine.close(),
  }
}

function cloned(
  source: string,
  place: string,
  settings: readonly (readonly [string, string])[],
): Git {
  gitOf(path.dirname(place))('clone', '-q', '--shared', '--no-checkout', source, place)
  const git = gitOf(place, {
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.address,
  })
  for (const [key, value] of [
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    ...settings,
  ] as const) {
    git('config', key, value)
  }
  return git
}

function written(place: string, mails: readonly Uint8Array[]): readonly string[] {
  const folder = `${place}-mails`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  return mails.map((mail, index) => {
    const file = path.join(folder, `${index}.eml`)
    writeFileSync(file, mail)
    return file
  })
}

const am = ['am', '-q', '-3', '--committer-date-is-author-date']

function persistent(
  name: string,
  source: string,
  place: string,
  settings: readonly (readonly [string, string])[],
): Method {
  const git = cloned(source, place, settings)
  return {
    name,
    async apply(number, base, mails) {
      const files = written(place, mails)
      git('checkout', '-q', '-f', '-B', `s${number}`, base)
      try {
        git(...am, ...files)
        return git('rev-parse', 'HEAD')
      } catch {
        git('am', '--abort')
        return null
      }
    },
    close: async () => {},
  }
}

function fresh(source: string, place: string): Method {
  const git = cloned(source, place, [])
  const tree = `${place}-tree`
  return {
    name: 'git am -3 in a new work tree each',
    async apply(number, base, mails) {
      const files = written(place, mails)
      git('worktree', 'add', '-q', '-B', `s${number}`, tree, base)
      const inTree = gitOf(tree, {
        GIT_COMMITTER_NAME: committer.name,
        GIT_COMMITTER_EMAIL: committer.address,
      })
      try {
        inTree(...am, ...files)
        return inTree('rev-parse', 'HEAD')
      } catch {
        return null
      } finally {
        git('worktree', 'remove', '--force', tree)
      }
    },
    close: async () => {},
  }
}

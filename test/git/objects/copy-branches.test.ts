import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, it } from 'vitest'
import { copyBranches } from '../../../src/git/objects/copy-branches.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const { signal } = new AbortController()
const person = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']

function git(directory: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', directory, ...person, ...args])
    .toString()
    .trim()
}

/** A bare repository with one commit on `master`, or none. */
function repository(folder: string, name: string, text: string | null): string {
  const directory = path.join(folder, name)
  execFileSync('git', ['init', '-q', '--bare', '-b', 'master', directory])
  if (text !== null) {
    const tree = execFileSync('git', ['-C', directory, 'mktree'], { input: '' }).toString().trim()
    git(
      directory,
      'update-ref',
      'refs/heads/master',
      git(directory, 'commit-tree', '-m', text, tree),
    )
  }
  return directory
}

it('copies what is new, and gives null for a branch that is nowhere', async () => {
  const folder = temporaryFolder()
  const from = repository(folder, 'from', 'one')
  const to = path.join(folder, 'to')
  const copied = await copyBranches(from, to, ['master', 'sent'], signal)
  expect(copied).toEqual({ master: git(from, 'rev-parse', 'master'), sent: null })
  expect(git(to, 'rev-parse', 'master')).toBe(copied['master'])
})

it.each([
  ['has other commits', 'two'],
  ['has none any more', null],
])('keeps a copy whose origin %s', async (_, text) => {
  const folder = temporaryFolder()
  const to = path.join(folder, 'to')
  const { master } = await copyBranches(repository(folder, 'old', 'one'), to, ['master'], signal)
  const from = repository(folder, 'new', text)
  await expect(copyBranches(from, to, ['master'], signal)).rejects.toMatchObject({
    code: 'GIT_HISTORY_REWRITTEN',
  })
  expect(git(to, 'rev-parse', 'master')).toBe(master)
})

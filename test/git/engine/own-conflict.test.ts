import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Conflict } from '../../../src/core/apply/application.ts'
import type { Sha } from '../../../src/core/ids.ts'
import { applyUnderstood, understand } from '../../../src/git/engine/apply/in-process.ts'
import { readMailPatches } from '../../../src/git/engine/apply/mail-patch.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import {
  findRepository,
  type Repository,
  releaseRepository,
} from '../../../src/git/engine/repository.ts'
import type { GitEngine, PatchMail } from '../../../src/git/git-engine.ts'
import { readAsGit } from '../../../src/mail/parse/read-as-git.ts'
import { toPatchMails } from '../../support/patch-mails.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const committer = { name: 'Patchferry', address: 'patchferry@localhost' }

type Files = Readonly<Record<string, string | null>>

function numbered(changes: Readonly<Record<number, string>> = {}): string {
  return Array.from({ length: 60 }, (_, n) => `${changes[n] ?? `line ${n}`}\n`).join('')
}

interface Case {
  readonly name: string
  readonly mine: Files
  readonly theirs: Files
  readonly rewrite?: (mail: string) => string
}

const mine = { 'd/a': numbered({ 5: 'mine' }) }
const theirs = { 'd/a': numbered({ 5: 'theirs', 30: 'theirs' }) }

/** All made of the same files: d/a, b and e of sixty lines. */
const told: readonly Case[] = [
  { name: 'contents of one file', mine, theirs },
  {
    name: 'contents of one file, beside one that merges and one that fits',
    mine: { ...mine, b: numbered({ 9: 'mine' }) },
    theirs: { ...theirs, b: numbered({ 10: 'x', 11: 'x', 12: 'x' }), e: numbered({ 1: 'theirs' }) },
  },
  {
    name: 'contents of one file, beside one that both changed alike',
    mine: { ...mine, b: numbered({ 9: 'both' }) },
    theirs: { ...theirs, b: numbered({ 9: 'both' }) },
  },
  {
    name: 'contents of one file, beside new ones',
    mine,
    theirs: { ...theirs, n: 'new\n', 'new/n': 'new\n' },
  },
  { name: 'contents of one file, beside one that goes', mine, theirs: { ...theirs, b: null } },
  {
    name: 'a file that nobody has',
    mine,
    theirs,
    rewrite: (mail) => mail.replace(/^index [0-9a-f]+/m, 'index 1234567'),
  },
  {
    name: 'a file that nobody has, though it is not there either',
    mine: { 'd/a': null },
    theirs: { b: numbered({ 1: 'theirs' }), 'd/a': numbered({ 5: 'theirs' }), n: 'new\n' },
    rewrite: (mail) => mail.replace(/^(diff --git a\/d\/a .*\nindex )[0-9a-f]+/m, '$11234567'),
  },
  {
    name: 'a file that is not named',
    mine,
    theirs,
    rewrite: (mail) => mail.replace(/^index .*\n/m, ''),
  },
]

const leftToGit: readonly Case[] = [
  { name: 'a file that is gone, or was moved', mine: { 'd/a': null }, theirs },
  {
    name: 'a file that is named in full, and not there',
    mine,
    theirs,
    rewrite: (mail) => mail.replace(/^index [0-9a-f]+/m, `index ${'1'.repeat(40)}`),
  },
  {
    name: 'a conflict beside what could be a rename',
    mine,
    theirs: { ...theirs, b: null, n: numbered({ 50: 'new' }) },
  },
]

describe('a conflict that this process finds', () => {
  let repo: TestRepo
  let repository: Repository
  let git: GitEngine
  let start: Sha
  beforeEach(async () => {
    repo = makeTestRepo()
    repository = await findRepository(repo.gitDir, tmpdir(), readAsGit, null)
    // Without a reader of mails it is git that does everything.
    git = await openGitEngine(repo.gitDir)
    start = repo.commit({ files: { 'd/a': numbered(), b: numbered(), e: numbered() } })
  })
  afterEach(async () => {
    await releaseRepository(repository)
    await git.close()
    repo.remove()
  })

  /** A patch that fits in front of the one in question. */
  function built({ mine, theirs, rewrite }: Case): {
    readonly base: Sha
    readonly patches: readonly PatchMail[]
  } {
    repo.commit({ files: { f: 'f\n' } })
    repo.commit({ files: theirs })
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = repo.formatPatch(`${start}..HEAD`)
    repo.git('checkout', '-q', '-f', '--detach', start)
    const base = repo.commit({ files: mine })
    const mail = (rewrite ?? String)(Buffer.from(second).toString())
    return { base, patches: toPatchMails([first, Buffer.from(mail)]) }
  }

  async function ownConflict(
    base: Sha,
    patches: readonly PatchMail[],
  ): Promise<{ readonly commits: number; readonly conflict: Conflict | null }> {
    const mails = await readMailPatches(repository, patches, signal)
    const understood = await understand(repository, base, mails, signal)
    if (understood === null) {
      throw new Error('it is not understood')
    }
    const own = await applyUnderstood(repository, understood, mails, committer, signal)
    return { commits: own.commits.length, conflict: own.conflict }
  }

  it.each(told)('is told in the very words of git: $name', async (each) => {
    const { base, patches } = built(each)

    const own = await ownConflict(base, patches)
    const judged = await git.apply({ base, patches, committer, skipMerged: false }, signal)

    expect(judged).toMatchObject({ outcome: 'conflict', conflict: own.conflict })
    expect(own).toMatchObject({ commits: 1, conflict: { number: 2 } })
  })

  it.each(leftToGit)('is not told where git has to look: $name', async (each) => {
    const { base, patches } = built(each)

    expect(await ownConflict(base, patches)).toEqual({ commits: 1, conflict: null })
  })
})

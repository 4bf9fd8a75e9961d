import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Conflict } from '../../../src/core/apply/application.ts'
import type { RefName, Sha } from '../../../src/core/ids.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import type { ApplyRequest, GitEngine, PatchMail } from '../../../src/git/git-engine.ts'
import { readAsGit } from '../../../src/mail/parse/read-as-git.ts'
import { toPatchMails } from '../../support/patch-mails.ts'
import { makeTestRepo, type TestRepo, testGitEnvironment } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const main = 'refs/heads/main' as RefName
const committer = { name: 'Patchferry', address: 'patchferry@localhost' }

function numbered(changes: Readonly<Record<number, string>> = {}): string {
  return Array.from({ length: 60 }, (_, n) => `${changes[n] ?? `line ${n}`}\n`).join('')
}

/** A line for each of the changes of case `n`; some of them meet. */
function at(n: number, step: number): number {
  return (n * 7 + step * 13) % 60
}

describe('a conflict', () => {
  let repo: TestRepo
  let engine: GitEngine
  let start: Sha
  beforeEach(async () => {
    repo = makeTestRepo()
    engine = await openGitEngine(repo.gitDir)
    start = repo.commit({ files: { 'd/a': numbered(), b: 'b\n' } })
  })
  afterEach(async () => {
    await engine.close()
    repo.remove()
  })

  function patchesOn(
    base: Sha,
    ...steps: readonly Readonly<Record<string, string | null>>[]
  ): readonly PatchMail[] {
    repo.git('checkout', '-q', '-f', '--detach', base)
    for (const files of steps) {
      repo.commit({ files })
    }
    const mails = repo.formatPatch(`${base}..HEAD`)
    repo.git('checkout', '-q', '-f', 'main')
    return toPatchMails(mails)
  }

  async function conflictOf(
    request: Pick<ApplyRequest, 'base' | 'patches'> & Partial<ApplyRequest>,
  ): Promise<Conflict> {
    const given = { committer, skipMerged: true, ...request }
    const application = await engine.apply(given, signal)
    if (application.outcome !== 'conflict') {
      throw new Error(`it is ${application.outcome}`)
    }
    return application.conflict
  }

  function rewritten(
    patches: readonly PatchMail[],
    rewrite: (text: string) => string,
  ): readonly PatchMail[] {
    return patches.map((patch) => ({
      ...patch,
      raw: Buffer.from(rewrite(Buffer.from(patch.raw).toString())),
    }))
  }

  it('names the hunks that do not fit, and not those that do', async () => {
    const mine = numbered({ 5: 'mine', 30: 'mine', 50: 'mine' })
    const patches = patchesOn(start, { b: 'c\n' }, { 'd/a': mine })
    const base = repo.commit({ files: { 'd/a': numbered({ 5: 'theirs', 50: 'theirs' }) } })

    expect(await conflictOf({ base, patches })).toMatchObject({
      number: 2,
      paths: ['d/a'],
      hunks: [
        { path: 'd/a', line: 3, header: expect.stringMatching(/^@@ -3,7 \+3,7 @@/) },
        { path: 'd/a', line: 48, header: expect.stringMatching(/^@@ -48,7 \+48,7 @@/) },
      ],
    })
  })

  it('finds them after the patches before it, not on the base', async () => {
    const patches = patchesOn(
      start,
      { 'd/a': numbered({ 5: 'one' }) },
      { 'd/a': numbered({ 5: 'two', 50: 'mine' }) },
    )
    const base = repo.commit({ files: { 'd/a': numbered({ 50: 'theirs' }) } })

    expect(await conflictOf({ base, patches })).toMatchObject({
      number: 2,
      hunks: [{ path: 'd/a', line: 48 }],
    })
  })

  it('has no hunks where the file is not there', async () => {
    const patches = patchesOn(start, { b: 'c\n' })
    const base = repo.commit({ files: { b: null } })

    expect(await conflictOf({ base, patches })).toMatchObject({ paths: ['b'], hunks: [] })
  })

  it('writes rejects nowhere through a link of the base', async () => {
    const patches = patchesOn(start, { 'd/a': numbered({ 5: 'mine' }) })
    repo.git('rm', '-q', '-r', 'd')
    const outside = path.join(repo.gitDir, 'outside')
    const base = repo.commit({ files: { d: { link: outside } } })
    execFileSync('mkdir', [outside])
    writeFileSync(path.join(outside, 'a'), numbered({ 5: 'theirs' }))

    expect(await conflictOf({ base, patches })).toMatchObject({ number: 1, hunks: [] })
    expect(readdirSync(outside)).toEqual(['a'])
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'finds the hunks that git apply --reject finds: %i',
    async (n) => {
      const theirs = { [at(n, 0)]: 'theirs', [at(n, 1)]: 'theirs' }
      const mine = {
        [at(n, 0)]: 'mine',
        [at(n, 2)]: 'mine',
        [at(n, 3)]: 'mine',
        [at(n, 1)]: 'mine',
      }
      const patches = patchesOn(start, { 'd/a': numbered(mine) })
      const base = repo.commit({ files: { 'd/a': numbered(theirs) } })
      const file = path.join(repo.gitDir, 'patch')
      writeFileSync(file, patches[0]?.raw ?? '')
      expect(() =>
        execFileSync('git', ['apply', '--reject', file], {
          cwd: repo.directory,
          env: testGitEnvironment(),
          stdio: 'pipe',
        }),
      ).toThrow(/patch does not apply|patch failed/)
      const rejects = readFileSync(path.join(repo.directory, 'd/a.rej'), 'utf8')

      const { hunks } = await conflictOf({ base, patches })
      expect(hunks.map(({ header }) => header)).toEqual(rejects.match(/^@@.*/gm))
    },
  )

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'is told in the very words of git where this process finds it: %i',
    async (n) => {
      const first = { [at(n, 0)]: 'mine', [at(n, 2)]: 'mine' }
      const patches = patchesOn(
        start,
        { b: numbered(), e: numbered() },
        { 'd/a': numbered(first), b: numbered({ 50: 'mine' }), e: numbered({ 3: 'mine' }) },
      )
      repo.commit({ files: { b: numbered({ 3: 'theirs' }), e: numbered({ 3: 'theirs' }) } })
      const theirs = { [at(n, 0)]: 'theirs', [at(n, 1)]: 'theirs' }
      const base = repo.commit({ files: { 'd/a': numbered(theirs), b: 'b\n', e: null } })
      const alone = await openGitEngine(repo.gitDir, { readMail: readAsGit })
      try {
        const request = { base, patches, committer, skipMerged: false }
        const [ours, gits] = [
          await alone.apply(request, signal),
          await engine.apply(request, signal),
        ]

        expect(gits).toMatchObject({ outcome: 'conflict', conflict: { paths: ['d/a'] } })
        expect(ours).toEqual({ ...gits, commits: [expect.objectContaining({ how: 'clean' })] })
      } finally {
        await alone.close()
      }
    },
  )

  describe('and an older base', () => {
    const olderBaseOn = [main]

    it('is found where the series applies as it was written', async () => {
      const fits = repo.commit({ files: { c: 'c\n' } })
      const patches = patchesOn(fits, { b: 'mine\n' }, { c: 'mine\n' })
      repo.commit({ files: { b: 'theirs\n' } })
      const base = repo.commit({ files: { e: 'e\n' } })
      const before = repo.git('for-each-ref')

      const { olderBase } = await conflictOf({ base, patches, olderBaseOn })
      expect(olderBase).toEqual({
        sha: fits,
        branch: main,
        committedAt: await engine.committedAt(fits),
      })
      expect(repo.git('for-each-ref')).toBe(before)
    })

    it('is found by the files that were here where others never were', async () => {
      const fits = repo.commit({ files: { c: 'c\n' } })
      const unknown =
        'diff --git a/d/a b/d/a\nindex 1234567..89abcde 100644\n--- a/d/a\n+++ b/d/a\n@@ -1,3 +1,3 @@\n line 0\n-line 1\n+line I\n line 2\n'
      const patches = rewritten(patchesOn(fits, { b: 'mine\n' }), (text) =>
        text
          .replace(/^diff --git/m, `${unknown}diff --git`)
          .replace(/^Date: .*$/m, 'Date: Mon, 01 Jan 2024 00:00:00 +0000'),
      )
      const base = repo.commit({ files: { b: 'theirs\n' } })

      const { olderBase } = await conflictOf({ base, patches, olderBaseOn })
      expect(olderBase).toMatchObject({ sha: fits, branch: main })
    })

    it('is where the branch stood when it was written, where its files tell nothing', async () => {
      const fits = repo.commit({ files: { c: 'c\n' } })
      const patches = rewritten(patchesOn(fits, { b: 'mine\n' }), (text) =>
        text.replace(/^index .*\n/gm, ''),
      )
      const base = repo.commit({ files: { b: 'theirs\n' } })

      const { olderBase } = await conflictOf({ base, patches, olderBaseOn })
      expect(olderBase).toMatchObject({ sha: fits })
    })

    it('is null where the only commit it fits is newer', async () => {
      const newer = repo.commit({ files: { b: 'newer\n' } })
      const patches = patchesOn(newer, { b: 'mine\n' })

      expect(await conflictOf({ base: start, patches, olderBaseOn })).toMatchObject({
        olderBase: null,
      })
    })

    it('is null where its patches do not fit each other, or nobody asked', async () => {
      const fits = repo.commit({ files: { c: 'c\n' } })
      const first = patchesOn(fits, { b: 'mine\n' })
      const other = patchesOn(fits, { b: 'other\n' })
      const base = repo.commit({ files: { b: 'theirs\n' } })

      expect(await conflictOf({ base, patches: [...first, ...other], olderBaseOn })).toMatchObject({
        olderBase: null,
      })
      expect(await conflictOf({ base, patches: other })).toMatchObject({ olderBase: null })
    })
  })
})

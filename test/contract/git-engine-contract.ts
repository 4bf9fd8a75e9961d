import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RefName, Sha } from '../../src/core/ids.ts'
import type { ApplyRequest, GitEngine, RefUpdate, Remote } from '../../src/git/git-engine.ts'
import { type GitHttp, serveGit } from '../support/git-http.ts'
import { toPatchMails } from '../support/patch-mails.ts'
import { makeTestRepo, type TestRepo } from '../support/test-repo.ts'

const { signal } = new AbortController()
const committer = { name: 'Patchferry', address: 'patchferry@localhost' }
const text = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join('')

function ref(name: string): RefName {
  return name as RefName
}

/** What every git engine must do. `open` opens an engine on a repository that exists. */
export function describeGitEngineContract(
  name: string,
  open: (gitDir: string) => Promise<GitEngine>,
): void {
  describe(`${name} keeps the git engine contract:`, () => {
    let repo: TestRepo
    let engine: GitEngine
    beforeEach(async () => {
      repo = makeTestRepo()
      engine = await open(repo.gitDir)
    })
    afterEach(async () => {
      await engine.close()
      repo.remove()
    })

    /** Commits each set of files on the current branch, and gives the base and the mails. */
    function series(...steps: readonly Readonly<Record<string, string>>[]): ApplyRequest {
      const base = repo.sha('HEAD')
      for (const files of steps) {
        repo.commit({ files })
      }
      const patches = toPatchMails(repo.formatPatch(`${base}..HEAD`))
      repo.git('checkout', '-q', '-f', '-B', 'work', base)
      return { base, patches, committer, skipMerged: true }
    }

    describe('applying', () => {
      beforeEach(() => {
        repo.commit({ files: { a: text, b: 'b\n' } })
      })

      it('makes one commit per patch, by the author, at the time of the mail', async () => {
        const request = series({ a: `${text}more\n` }, { c: 'new\n' })
        const applied = await engine.apply(request, signal)

        expect(applied).toMatchObject({
          outcome: 'applied',
          commits: [
            { number: 1, messageId: '1@example.org' },
            { number: 2, messageId: '2@example.org' },
          ],
        })
        const head = applied.outcome === 'applied' ? applied.head : ''
        const log = repo.git(
          'log',
          '--format=%an %ae %at %cn %ce %ct %T',
          `${request.base}..${head}`,
        )
        const rows = log.split('\n').map((line) => line.split(' '))
        expect(rows).toHaveLength(2)
        for (const row of rows) {
          expect(row.slice(0, 3).join(' ')).toBe('Ada Author ada@example.org')
          expect(row[3]).toBe(row[6])
          expect(row.slice(4, 6)).toEqual(['Patchferry', 'patchferry@localhost'])
        }
        expect(applied.commits.map(({ tree }) => tree)).toEqual(
          rows.map((row) => row[7]).toReversed(),
        )
      })

      it('changes no ref, no work tree and no index', async () => {
        const request = series({ a: `${text}more\n` })
        const before = repo.git('for-each-ref')
        await engine.apply(request, signal)

        expect(repo.git('for-each-ref')).toBe(before)
        expect(repo.git('status', '--porcelain')).toBe('')
        expect(repo.sha('HEAD')).toBe(request.base)
        expect(repo.git('fsck', '--strict', '--no-dangling')).toBe('')
      })

      it('gives the same commits again', async () => {
        const request = series({ a: `${text}more\n` }, { b: 'c\n' })

        expect(await engine.apply(request, signal)).toEqual(await engine.apply(request, signal))
      })

      it('applies series at the same time', async () => {
        const requests = [1, 2, 3, 4].map((n) =>
          series({ [`file${n}`]: `${n}\n`, a: `${text}${n}\n` }),
        )
        const together = await Promise.all(requests.map(async (one) => engine.apply(one, signal)))
        for (const [index, request] of requests.entries()) {
          expect(await engine.apply(request, signal)).toEqual(together[index])
        }
        expect(
          new Set(together.map((one) => (one.outcome === 'applied' ? one.head : ''))).size,
        ).toBe(4)
      })

      it('says where a 3-way merge was needed', async () => {
        const request = series({ a: text.replace('line 15\n', 'line XV\n') })
        const base = repo.commit({ files: { a: text.replace('line 13\n', 'line XIII\n') } })
        const applied = await engine.apply({ ...request, base }, signal)

        expect(applied).toMatchObject({ outcome: 'applied', commits: [{ how: '3way' }] })
      })

      it('names patch, mail and files of a conflict, and nothing of this machine', async () => {
        const request = series({ b: 'c\n' }, { a: text.replace('line 15\n', 'mine\n'), b: 'd\n' })
        const base = repo.commit({ files: { a: text.replace('line 15\n', 'theirs\n') } })
        const refused = await engine.apply({ ...request, base }, signal)

        expect(refused).toMatchObject({
          outcome: 'conflict',
          commits: [{ number: 1 }],
          conflict: { number: 2, messageId: '2@example.org', paths: ['a'] },
        })
        const output = refused.outcome === 'conflict' ? refused.conflict.output : ''
        expect(output).toContain('CONFLICT (content): Merge conflict in a')
        expect(output).not.toContain(tmpdir())
        expect(output).not.toMatch(/hint:|git am/)
      })

      it('leaves no object of a refused series behind', async () => {
        const request = series({ b: 'c\n' }, { a: text.replace('line 15\n', 'mine\n') })
        const base = repo.commit({ files: { a: text.replace('line 15\n', 'theirs\n') } })
        const before = repo.git('count-objects', '-v')
        await engine.apply({ ...request, base }, signal)

        expect(repo.git('count-objects', '-v')).toBe(before)
      })

      it('skips patches at the front that the base has', async () => {
        const request = series({ a: `${text}more\n` }, { b: 'c\n' }, { c: 'new\n' })
        repo.commit({ files: { a: `${text}more\n` } })
        repo.commit({ files: { b: 'c\n' } })
        const base = repo.commit({ files: { a: `${text}more\nand more\n` } })
        const applied = await engine.apply({ ...request, base }, signal)

        const tree = repo.sha('HEAD^{tree}')
        expect(applied).toMatchObject({
          outcome: 'applied',
          commits: [
            { number: 1, sha: null, how: 'already-applied', tree },
            { number: 2, sha: null, how: 'already-applied', tree },
            { number: 3 },
          ],
        })
      })

      it('recognises a merged patch only by its whole diff', async () => {
        const request = series({ a: `${text}more\n` })
        const base = repo.commit({ files: { a: `${text}more\n`, b: 'besides\n' } })
        repo.git('revert', '-n', base)
        repo.git('checkout', base, '--', 'b')
        const reverted = repo.commit({})
        const applied = await engine.apply({ ...request, base: reverted }, signal)

        expect(applied).toMatchObject({ outcome: 'applied', commits: [{ number: 1 }] })
        expect(applied.commits[0]?.sha).not.toBeNull()
      })

      it('calls a series empty when the base has all of it, and its head is the base', async () => {
        const request = series({ a: `${text}more\n` }, { b: 'c\n' })
        const base = repo.commit({ files: { a: `${text}more\n`, b: 'c\n' } })

        for (const skipMerged of [true, false]) {
          expect(await engine.apply({ ...request, base, skipMerged }, signal)).toMatchObject({
            outcome: 'empty',
            head: base,
            tree: repo.sha('HEAD^{tree}'),
            commits: [
              { number: 1, sha: null, how: 'already-applied' },
              { number: 2, sha: null, how: 'already-applied' },
            ],
          })
        }
      })

      it('throws when the base is not here', async () => {
        const request = { ...series({ b: 'c\n' }), base: 'a'.repeat(40) as Sha }

        await expect(engine.apply(request, signal)).rejects.toMatchObject({
          code: 'GIT_OBJECT_MISSING',
        })
      })

      it('stops when the signal aborts', async () => {
        const stopped = AbortSignal.abort(new Error('enough'))

        await expect(engine.apply(series({ b: 'c\n' }), stopped)).rejects.toThrow('enough')
      })
    })

    describe('refs and tags', () => {
      it('resolve, move and disappear', async () => {
        const [first, second] = [repo.commit(), repo.commit()]
        const mail = ref('refs/mail/1@example.org')
        await engine.updateRefs([
          { ref: mail, target: first },
          { ref: ref('refs/heads/other'), target: second },
        ])
        expect(await engine.resolve(mail)).toBe(first)
        expect(await engine.resolve('other~1')).toBe(first)

        await engine.updateRefs([
          { ref: mail, target: second },
          { ref: ref('refs/heads/other'), target: null },
        ])
        expect(await engine.resolve(mail)).toBe(second)
        expect(await engine.resolve('other')).toBeNull()
        await engine.updateRefs([{ ref: ref('refs/heads/other'), target: null }])
      })

      it.each([
        '',
        'no-such-branch',
        '-h',
        '--help',
        'HEAD^{tree}',
        'a'.repeat(40),
        'x y',
        'HEAD:a',
      ])('give null for %j, which names no commit', async (revision) => {
        repo.commit({ files: { a: text } })

        expect(await engine.resolve(revision)).toBeNull()
      })

      it("name the branches to try: HEAD's, then the other local ones, then remote ones", async () => {
        const tip = repo.commit()
        for (const name of ['heads/a', 'heads/z', 'remotes/o/main', 'tags/t', 'mail/x@y']) {
          repo.git('update-ref', `refs/${name}`, tip)
        }
        repo.git('symbolic-ref', 'refs/remotes/o/HEAD', 'refs/remotes/o/main')
        expect(await engine.candidateBranches()).toEqual(
          ['heads/main', 'heads/a', 'heads/z', 'remotes/o/main'].map((name) => `refs/${name}`),
        )

        repo.git('checkout', '-q', '--detach')
        expect((await engine.candidateBranches())[0]).toBe('refs/heads/a')
      })

      it('refuse to move in part', async () => {
        const first = repo.commit()
        const updates = [
          { ref: ref('refs/heads/fine'), target: first },
          { ref: ref('refs/heads/main/below'), target: first },
        ]

        await expect(engine.updateRefs(updates)).rejects.toMatchObject({ code: 'GIT_REF_CONFLICT' })
        expect(await engine.resolve('refs/heads/fine')).toBeNull()
      })

      it('keep a tag object whose name follows from what it says', async () => {
        const target = repo.commit()
        const tag = {
          name: 'v2-1',
          target,
          tagger: { name: 'Patchferry', address: 'patchferry@localhost' },
          taggedAt: new Date('2024-01-15T10:20:30Z'),
          message: 'Head: x\n\nBase: y',
        }
        const sha = await engine.writeTag(tag)

        expect(await engine.writeTag(tag)).toBe(sha)
        expect(await engine.readTag(sha)).toEqual({ ...tag, sha })
        expect(repo.git('cat-file', '-t', sha)).toBe('tag')
        expect(await engine.readTag(target)).toBeNull()
        expect(await engine.readTag('b'.repeat(40) as Sha)).toBeNull()
      })
    })

    describe('looking', () => {
      it('tells messages, paths and whether two commits would merge', async () => {
        const root = repo.commit({ files: { a: text, '.github/workflows/ci.yml': 'on: push\n' } })
        const ours = repo.commit({ files: { a: `ours\n${text}` }, message: 'ours\n\nWhy.\n' })
        repo.git('checkout', '-q', root)
        const theirs = repo.commit({ files: { a: `theirs\n${text}` } })
        repo.git('checkout', '-q', root)
        const beside = repo.commit({ files: { b: 'b\n' } })

        expect((await engine.commitMessage(ours)).trimEnd()).toBe('ours\n\nWhy.')
        expect(await engine.pathsIn(root, ['.github/workflows', '.gitlab-ci.yml'])).toEqual([
          '.github/workflows/ci.yml',
        ])
        expect(await engine.pathsIn(root, ['.forgejo/workflows'])).toEqual([])
        expect(await engine.mergesCleanly(ours, beside, signal)).toBe(true)
        expect(await engine.mergesCleanly(ours, theirs, signal)).toBe(false)
      })

      it('tells dates, ancestors and changed files', async () => {
        const first = repo.commit({ files: { a: text, run: 'x\n', s: { link: 'a' } } })
        const second = repo.commit({ files: { b: 'b\n', run: { executable: 'x\n' }, s: null } })
        const third = repo.commit({ files: { a: null, 'gr\u00fcn': Uint8Array.from([0, 1, 2]) } })

        expect((await engine.committedAt(third)).getTime() / 1000).toBe(
          Number(repo.git('show', '-s', '--format=%ct', third)),
        )
        expect(await engine.isAncestor(first, third)).toBe(true)
        expect(await engine.isAncestor(third, first)).toBe(false)
        expect(await engine.isAncestor(first, first)).toBe(true)
        expect(await engine.changedFiles({ base: first, head: third }, signal)).toMatchObject([
          { oldPath: null, newPath: 'b', oldMode: null, newMode: '100644', isBinary: false },
          { oldPath: 'run', newPath: 'run', oldMode: '100644', newMode: '100755' },
          { oldPath: 's', newPath: null, oldMode: '120000', newMode: null },
          { oldPath: 'a', newPath: null, newBlob: null, oldBlob: repo.sha(`${second}:a`) },
          { oldPath: null, newPath: 'gr\u00fcn', isBinary: true },
        ])
      })

      it('gives patch-ids oldest first, as git gives them for the mails', async () => {
        const base = repo.commit({ files: { a: text } })
        repo.commit({ files: { a: `${text}more\n` } })
        repo.commit({ files: { b: 'b\n' } })
        const ids = await engine.patchIds({ base, head: repo.sha('HEAD') }, signal)
        const ofMails = repo
          .formatPatch(`${base}..HEAD`)
          .map((input) => repo.gitWith({ input }, 'patch-id', '--stable').split(' ')[0])

        expect(ids).toEqual(ofMails)
      })

      it('shows a commit, cut where it is too long', async () => {
        repo.commit({ files: { a: text } })
        const commit = repo.commit({ files: { a: `${text}gr\u00fcn\n` } })

        const whole = await engine.show(commit, 100_000)
        expect(whole).toMatch(/^diff --git a\/a b\/a\n/)
        expect(whole).toContain('+gr\u00fcn\n')
        const cut = await engine.show(commit, Buffer.from(whole).indexOf('\u00fc') + 1)
        expect(cut).toBe(whole.slice(0, whole.indexOf('\u00fc')))
      })

      it('reads a file by its path in a commit and by its blob', async () => {
        const commit = repo.commit({ files: { 'a file': 'gr\u00fcn\n' } })
        const blob = repo.git('rev-parse', `${commit}:a file`).trim()

        expect(await engine.readText(`${commit}:a file`, 6)).toBe('gr\u00fcn\n')
        expect(await engine.readText(blob.slice(0, 8), 100)).toBe('gr\u00fcn\n')
        expect(await engine.readText(blob, 5)).toBeNull()
        expect(await engine.readText(`${commit}:none`, 100)).toBeNull()
        expect(await engine.readText(commit, 100)).toBeNull()
        expect(await engine.readText('0123abcd', 100)).toBeNull()
      })

      it('compares two versions', async () => {
        const base = repo.commit({ files: { a: text } })
        repo.commit({ files: { a: `${text}one\n` }, message: 'add one' })
        const before = { base, head: repo.sha('HEAD') }
        repo.git('reset', '-q', '--hard', base)
        repo.commit({ files: { a: `${text}two\n` }, message: 'add one' })

        const diff = await engine.rangeDiff(before, { base, head: repo.sha('HEAD') }, signal)
        expect(diff).toContain('!')
        expect(diff).toContain('add one')
        expect(diff).toContain('-+one')
        expect(await engine.rangeDiff(before, before, signal)).toContain('=')
      })

      it('checks a tree out without any .git', async () => {
        const commit = repo.commit({
          files: { 'd/a': text, run: { executable: '#!/bin/sh\n' }, l: { link: 'd/a' } },
        })
        const directory = mkdtempSync(path.join(tmpdir(), 'patchferry-checkout-test-'))
        try {
          await engine.checkout(commit, directory, signal)

          expect(readdirSync(directory).toSorted()).toEqual(['d', 'l', 'run'])
          expect(readFileSync(path.join(directory, 'd/a'), 'utf8')).toBe(text)
          expect(lstatSync(path.join(directory, 'l')).isSymbolicLink()).toBe(true)
          expect(lstatSync(path.join(directory, 'run')).mode & 0o111).toBe(0o111)
        } finally {
          rmSync(directory, { recursive: true })
        }
      })
    })

    describe.each(['in a folder', 'over HTTP'])('a remote %s', (place) => {
      const secret = 'Basic Ym90OnNlY3JldA=='
      let other: TestRepo
      let remote: Remote
      let server: GitHttp | null
      beforeEach(async () => {
        other = makeTestRepo()
        other.git('config', 'http.receivepack', 'true')
        server = place === 'over HTTP' ? await serveGit(other.gitDir, secret) : null
        remote =
          server === null
            ? { url: other.gitDir, authorization: null }
            : { url: server.url, authorization: secret }
      })
      afterEach(async () => {
        await server?.close()
        other.remove()
      })

      function remoteTip(name: string): string | null {
        const tip = other.git('for-each-ref', '--format=%(objectname)', name)
        return tip === '' ? null : tip
      }

      it('gets new refs, moves, deletions and tag objects in one push', async () => {
        const [first, second] = [repo.commit(), repo.commit()]
        const branch = ref('refs/heads/series/x-1a2b3c4d5e6f')
        const gone = ref('refs/heads/gone')
        const mail = ref('refs/mail/1@example.org')
        const tag = await engine.writeTag({
          name: 'v1-1',
          target: second,
          tagger: committer,
          taggedAt: new Date(0),
          message: 'x',
        })
        await engine.push(
          remote,
          [branch, gone].map((name) => ({ ref: name, target: second, expected: null })),
          signal,
        )
        const pushed = await engine.push(
          remote,
          [
            { ref: branch, target: first, expected: second },
            { ref: gone, target: null, expected: second },
            { ref: mail, target: first, expected: null },
            { ref: ref('refs/series/1a2b3c4d5e6f/v1-1'), target: tag, expected: null },
          ],
          signal,
        )

        expect(pushed).toEqual({ outcome: 'pushed' })
        const refs = await engine.remoteRefs(remote, ['refs/'], signal)
        expect(Object.fromEntries(refs)).toEqual({
          [branch]: first,
          [mail]: first,
          'refs/series/1a2b3c4d5e6f/v1-1': tag,
        })
      })

      it('takes the same push twice, and what was done before counts', async () => {
        const [first, second] = [repo.commit(), repo.commit()]
        const updates = [
          { ref: ref('refs/heads/a'), target: first, expected: null },
          { ref: ref('refs/heads/b'), target: second, expected: null },
          { ref: ref('refs/heads/c'), target: null, expected: first },
        ]
        await engine.push(remote, updates.slice(0, 1), signal)

        expect(await engine.push(remote, updates, signal)).toEqual({ outcome: 'pushed' })
        expect(await engine.push(remote, updates, signal)).toEqual({ outcome: 'pushed' })
        expect(remoteTip('refs/heads/b')).toBe(second)
      })

      it.each([
        ['a ref that somebody moved', 'moved'],
        ['a ref that somebody made', 'made'],
        ['a ref that somebody deleted', 'deleted'],
      ])('says stale of %s, and changes nothing', async (_, what) => {
        const [first, second, theirs] = [repo.commit(), repo.commit(), repo.commit()]
        const name = ref('refs/heads/topic')
        await engine.push(remote, [{ ref: name, target: theirs, expected: null }], signal)
        if (what === 'deleted') {
          other.git('update-ref', '-d', name)
        }
        const result = await engine.push(
          remote,
          [
            { ref: ref('refs/heads/fine'), target: first, expected: null },
            { ref: name, target: second, expected: what === 'made' ? null : first },
          ],
          signal,
        )

        const actual = what === 'deleted' ? null : theirs
        expect(result).toEqual({ outcome: 'stale', refs: [{ ref: name, actual }] })
        expect(remoteTip('refs/heads/fine')).toBeNull()
      })

      describe('several pushes in one', () => {
        const names = ['a', 'b', 'c', 'd', 'e'].map((name) => ref(`refs/heads/${name}`))

        function groups(): readonly RefUpdate[][] {
          return names.map((name) => [
            { ref: name, target: repo.commit(), expected: null },
            { ref: ref(name.replace('heads', 'mail')), target: repo.sha('HEAD'), expected: null },
          ])
        }

        function hook(name: string, script: string): void {
          writeFileSync(path.join(other.gitDir, 'hooks', name), `#!/bin/sh\n${script}\n`, {
            mode: 0o755,
          })
        }

        async function pushEach(each: readonly RefUpdate[][]): Promise<readonly unknown[]> {
          const results = await engine.pushEach(remote, each, signal)
          return results.map((result) =>
            result.status === 'fulfilled' ? result.value.outcome : result.reason.code,
          )
        }

        it('all arrive, and may be pushed again', async () => {
          const each = groups()
          const pushed = names.map(() => 'pushed')

          expect(await pushEach(each)).toEqual(pushed)
          expect(await pushEach(each)).toEqual(pushed)
          expect(await engine.remoteRefs(remote, ['refs/mail/'], signal)).toHaveProperty('size', 5)
        })

        it('of which one is stale: it changes nothing, and the others arrive', async () => {
          const each = groups()
          const theirs = repo.commit()
          const moved = ref('refs/mail/b')
          await engine.push(remote, [{ ref: moved, target: theirs, expected: null }], signal)
          const results = await engine.pushEach(remote, each, signal)

          const stale = { outcome: 'stale', refs: [{ ref: moved, actual: theirs }] }
          expect(results.map((one) => (one.status === 'fulfilled' ? one.value : one))).toEqual(
            names.map((name) => (name === 'refs/heads/b' ? stale : { outcome: 'pushed' })),
          )
          expect(names.map(remoteTip).map((tip) => tip !== null)).toEqual(
            names.map((name) => name !== 'refs/heads/b'),
          )
        })

        it.each([
          ['a hook that sees one ref', 'update', 'case $1 in */[bd]) echo "not $1"; exit 1;; esac'],
          [
            'a hook that sees all at once',
            'pre-receive',
            'while read old new ref; do case $ref in */heads/[bd]) echo "not $ref"; exit 1;; esac; done',
          ],
        ])(
          'of which %s refuses two: each is told its own, the others arrive',
          async (_, name, sh) => {
            hook(name, sh)
            const results = await engine.pushEach(remote, groups(), signal)

            const letters = ['a', 'b', 'c', 'd', 'e']
            const said = results.map((one) => (one.status === 'fulfilled' ? one.value : one))
            const fine = { outcome: 'pushed' }
            function refusedFor(letter: string): unknown {
              const output: unknown = expect.stringContaining(`/${letter}`)
              return { outcome: 'refused', reason: 'hook', output }
            }
            expect(said).toEqual([fine, refusedFor('b'), fine, refusedFor('d'), fine])
            for (const folder of ['heads', 'mail']) {
              const there = letters.filter((one) => remoteTip(`refs/${folder}/${one}`) !== null)
              expect(there).toEqual(['a', 'c', 'e'])
            }
          },
        )

        it('of the same ref follow each other', async () => {
          const [first, second] = [repo.commit(), repo.commit()]
          const name = ref('refs/heads/x')

          expect(
            await pushEach([
              [{ ref: name, target: first, expected: null }],
              [{ ref: name, target: second, expected: first }],
              [{ ref: name, target: first, expected: null }],
            ]),
          ).toEqual(['pushed', 'pushed', 'stale'])
          expect(remoteTip(name)).toBe(second)
        })

        it('are all told when the remote is gone', async () => {
          const gone = { ...remote, url: `${remote.url}/gone.git` }
          const results = await engine.pushEach(gone, groups(), signal)

          expect(results.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(
            names.map(() => 'GIT_REMOTE_UNREACHABLE'),
          )
        })
      })

      it.each([
        ['pre-receive', '#!/bin/sh\necho "no such luck"\nexit 1\n', 'hook'],
        ['update', '#!/bin/sh\necho "no such luck"\nexit 1\n', 'hook'],
      ])('is refused by a %s hook, whose words are kept', async (hook, script, reason) => {
        writeFileSync(path.join(other.gitDir, 'hooks', hook), script, { mode: 0o755 })
        const update = { ref: ref('refs/heads/x'), target: repo.commit(), expected: null }
        const result = await engine.push(remote, [update], signal)

        expect(result).toMatchObject({ outcome: 'refused', reason })
        expect(result.outcome === 'refused' ? result.output : '').toContain('no such luck')
        expect(remoteTip('refs/heads/x')).toBeNull()
      })

      it.each([
        ['receive.denyNonFastForwards', 'true', 'non-fast-forward'],
        ['receive.denyDeletes', 'true', 'permission'],
        ['receive.maxInputSize', '10', 'size'],
      ] as const)('is refused by %s', async (key, value, reason) => {
        const [first, second] = [repo.commit(), repo.commit()]
        const name = ref('refs/heads/x')
        await engine.push(remote, [{ ref: name, target: second, expected: null }], signal)
        other.git('config', key, value)
        const target = { 'non-fast-forward': first, permission: null, size: repo.commit() }[reason]
        const result = await engine.push(remote, [{ ref: name, target, expected: second }], signal)

        expect(result).toMatchObject({ outcome: 'refused', reason })
      })

      it.each(['push', 'fetch', 'remoteRefs'] as const)(
        '%s: throws when it is gone',
        async (call) => {
          const gone = { ...remote, url: `${remote.url}/gone.git` }
          const target = repo.commit()
          const name = ref('refs/heads/main')
          const calls = {
            push: async () => engine.push(gone, [{ ref: name, target, expected: null }], signal),
            fetch: async () => engine.fetch(gone, [{ from: name, to: name }], signal),
            remoteRefs: async () => engine.remoteRefs(gone, ['refs/'], signal),
          }

          await expect(calls[call]()).rejects.toMatchObject({
            code: 'GIT_REMOTE_UNREACHABLE',
            retry: 'later',
          })
        },
      )

      it('is fetched from by force, all refs or none', async () => {
        const tips = [other.commit({ files: { a: text } }), other.commit()]
        other.git('branch', 'side', tips[0] ?? '')
        const pairs = [
          { from: ref('refs/heads/main'), to: ref('refs/upstream/main') },
          { from: ref('refs/heads/side'), to: ref('refs/upstream/side') },
        ]
        await engine.fetch(remote, pairs, signal)
        expect(await engine.resolve('refs/upstream/main')).toBe(tips[1])

        other.git('update-ref', 'refs/heads/main', tips[0] ?? '')
        const missing = { from: ref('refs/heads/no'), to: ref('refs/upstream/no') }
        await expect(engine.fetch(remote, [...pairs, missing], signal)).rejects.toMatchObject({
          code: 'GIT_REMOTE_REF_MISSING',
        })
        expect(await engine.resolve('refs/upstream/main')).toBe(tips[1])
        await engine.fetch(remote, pairs, signal)
        expect(await engine.resolve('refs/upstream/main')).toBe(tips[0])
        expect(existsSync(path.join(repo.gitDir, 'FETCH_HEAD'))).toBe(false)
      })

      it('lists refs by the beginning of their names, tags unpeeled', async () => {
        const tip = other.commit()
        other.git('tag', '-a', '-m', 'x', 'v1')
        other.git('update-ref', 'refs/mail/x@y', tip)
        other.git('update-ref', 'refs/other/refs/mail/z', tip)
        const refs = await engine.remoteRefs(remote, ['refs/mail/', 'refs/tags/'], signal)

        expect(Object.fromEntries(refs)).toEqual({
          'refs/mail/x@y': tip,
          'refs/tags/v1': other.sha('v1'),
        })
      })
    })
  })
}

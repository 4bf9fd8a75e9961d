import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Sha } from '../../src/core/ids.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'
import { makeTestRepo, type TestRepo } from '../support/test-repo.ts'

/** Series of two people, the second on top of the first, as `git format-patch --base` writes them. */
describe('patchferry base', () => {
  let repo: TestRepo
  let base: Sha
  let mails: { readonly lower: string; readonly upper: string }
  beforeEach(() => {
    repo = makeTestRepo()
    base = repo.commit({ files: { a: 'one\n' } })
    const lower = repo.commit({ files: { a: 'two\n' }, message: 'a: count to two' })
    repo.commit({ files: { a: 'three\n' }, message: 'a: count to three' })
    mails = {
      lower: write('lower.eml', `${base}..${lower}`, 'lower@example.org'),
      upper: write('upper.eml', `${lower}..HEAD`, 'upper@example.org', `--base=${base}`),
    }
    repo.git('reset', '-q', '--hard', base)
  })
  afterEach(() => {
    repo.remove()
  })

  function write(name: string, range: string, id: string, ...options: readonly string[]): string {
    const [mail = Buffer.of()] = repo.formatPatch(range, ...options)
    const target = path.join(repo.gitDir, name)
    const text = Buffer.from(mail)
      .toString()
      .replace(/^From: /m, `Message-ID: <${id}>\nFrom: `)
    writeFileSync(target, text)
    return target
  }

  async function lines(
    command: 'base' | 'apply',
    ...args: readonly string[]
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const end = await runHere([command, '--json', '--repo', repo.gitDir, ...args])
    return jsonLines(end.stdout)
  }

  it('prints one line per series, exactly these keys, with every rung down to the one taken', async () => {
    const before = repo.git('for-each-ref')
    const [line = {}] = await lines('base', mails.lower)

    expect(Object.keys(line)).toEqual(
      'topic version minor name outcome base baseRule branch rungs'.split(' '),
    )
    expect(line).toMatchObject({
      outcome: 'chosen',
      base,
      baseRule: 'blob-index',
      branch: 'refs/heads/main',
      rungs: [
        { rule: 'base-commit', taken: false },
        { rule: 'prerequisite', taken: false },
        { rule: 'depends-on', taken: false },
        { rule: 'prefix', taken: false },
        { rule: 'blob-index', taken: true },
      ],
    })
    expect(repo.git('for-each-ref')).toBe(before)
  })

  it('stacks a series on its prerequisites, whatever the order of the mails; apply does the same', async () => {
    const [upper, lower] = await lines('apply', mails.upper, mails.lower)
    const [chosen] = await lines('base', mails.upper, mails.lower)

    expect(lower).toMatchObject({ outcome: 'applied', base })
    expect(upper).toMatchObject({
      outcome: 'applied',
      base: lower?.['head'],
      baseRule: 'prerequisite',
    })
    expect(chosen).toMatchObject({ base: lower?.['head'], baseRule: 'prerequisite' })
  })

  it('takes the base-commit where the prerequisites are not among the mails', async () => {
    expect(await lines('base', mails.upper)).toMatchObject([{ base, baseRule: 'base-commit' }])
  })

  it('takes a prefix for the branch of that name', async () => {
    repo.git('branch', 'stable-2')
    const head = repo.commit({ files: { b: 'b\n' } })
    const prefix = '--subject-prefix=PATCH stable-2'
    const file = write('prefixed.eml', `${base}..${head}`, 'prefixed@example.org', prefix)

    expect(await lines('base', file)).toMatchObject([
      { base, baseRule: 'prefix', branch: 'refs/heads/stable-2' },
    ])
  })

  it('fetches a base-commit from the remotes of the repository only when told to', async () => {
    const clone = makeTestRepo()
    try {
      clone.commit({ files: { other: 'x\n' } })
      clone.git('remote', 'add', 'origin', repo.gitDir)
      const args = ['base', '--json', '--repo', clone.gitDir]
      const offline = await runHere([...args, mails.upper])
      const online = await runHere([...args, '--fetch', mails.upper])

      expect(jsonLines(offline.stdout)).toMatchObject([{ baseRule: 'default' }])
      expect(jsonLines(online.stdout)).toMatchObject([{ base, baseRule: 'base-commit' }])
    } finally {
      clone.remove()
    }
  })

  it('for people marks the rung that was taken', async () => {
    const end = await runHere(['base', '--repo', repo.gitDir, mails.lower])

    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.stdout).toMatch(/^[0-9a-f]{12} v1: [0-9a-f]{40} \(blob-index\) {2}a: count to two$/m)
    expect(end.stdout).toMatch(
      /^ {2}\* blob-index {4}The file the patches were made from is that of .*\.$/m,
    )
    expect(end.stdout).toMatch(/^ {4}prefix +No prefix /m)
  })

  it('exits 1 where a series has no base, and where there is no series', async () => {
    const empty = makeTestRepo()
    try {
      const none = await runHere(['base', '--json', '--repo', empty.gitDir, mails.lower])
      expect(none.exitCode).toBe(1)
      expect(jsonLines(none.stdout)).toMatchObject([
        { outcome: 'base-missing', base: null, baseRule: null, branch: null },
      ])
      const nothing = await runHere(['base', '--repo', repo.gitDir, '-'], { stdin: '' })
      expect(nothing).toMatchObject({ exitCode: 1, stdout: '' })
    } finally {
      empty.remove()
    }
  })
})

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Sha } from '../../../src/core/ids.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import type { GitEngine } from '../../../src/git/git-engine.ts'
import { readAsGit } from '../../../src/mail/parse/read-as-git.ts'
import { gitAm } from '../../support/git-am.ts'
import { toPatchMails } from '../../support/patch-mails.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const committer = { name: 'Patchferry', address: 'patchferry@localhost' }

function mailOf(diff: string): Uint8Array {
  const head = 'From: Mallory <m@example.org>\nDate: Mon, 15 Jan 2024 10:20:30 +0000\nSubject: x'
  return Buffer.from(`${head}\n\nx\n---\n${diff}-- \n2.39.5\n`, 'latin1')
}

function newFile(name: string, mode = '100644', content = 'x'): string {
  const lines = content === '' ? '' : `--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+${content}\n`
  return `diff --git a/${name} b/${name}\nnew file mode ${mode}\nindex 0000000..1234567\n${lines}`
}

function link(name: string, target: string): string {
  return `diff --git a/${name} b/${name}\nnew file mode 120000\nindex 0000000..1234567\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+${target}\n\\ No newline at end of file\n`
}

/** Git's base 85 (base85.c): lines of at most 52 bytes, the length first. */
function base85(data: Uint8Array): string {
  const digits =
    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~'
  const lines: string[] = []
  for (let at = 0; at < data.length; at += 52) {
    const part = data.subarray(at, at + 52)
    const padded = Buffer.alloc(Math.ceil(part.length / 4) * 4)
    padded.set(part)
    let line = String.fromCharCode(part.length <= 26 ? 64 + part.length : 70 + part.length)
    for (let word = 0; word < padded.length; word += 4) {
      let value = padded.readUInt32BE(word)
      let text = ''
      for (let digit = 0; digit < 5; digit += 1) {
        text = `${digits[value % 85] ?? ''}${text}`
        value = Math.floor(value / 85)
      }
      line += text
    }
    lines.push(line)
  }
  return `${lines.join('\n')}\n`
}

function binary(name: string, kind: 'literal' | 'delta', size: number, data: Uint8Array): string {
  const index = `index ${'1'.repeat(40)}..${'2'.repeat(40)} 100644`
  const body = base85(deflateSync(data))
  return `diff --git a/${name} b/${name}\n${index}\nGIT binary patch\n${kind} ${size}\n${body}\nliteral 0\nHcmV?d00001\n\n`
}

function varint(value: number): readonly number[] {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return bytes
}

describe('a hostile patch', () => {
  let repo: TestRepo
  let engine: GitEngine
  let base: Sha
  let temp: string
  let outside: string
  beforeEach(async () => {
    repo = makeTestRepo()
    temp = temporaryFolder()
    outside = temporaryFolder()
    writeFileSync(path.join(outside, 'victim'), 'untouched\n')
    base = repo.commit({ files: { a: 'a\n', out: { link: outside }, 'd/f': 'f\n' } })
    engine = await openGitEngine(repo.gitDir, { tempDirectory: temp, readMail: readAsGit })
  })
  afterEach(async () => {
    await engine.close()
    repo.remove()
  })

  async function outcomeOf(...diffs: readonly string[]): Promise<string> {
    const patches = toPatchMails(diffs.map(mailOf))
    const before = repo.git('count-objects', '-v')
    const result = await engine.apply({ base, patches, committer, skipMerged: true }, signal)
    if (result.outcome !== 'conflict') {
      return result.outcome
    }
    const hasLeftObjects = repo.git('count-objects', '-v') !== before
    const tellsPaths = result.conflict.output.includes(temp)
    return hasLeftObjects || tellsPaths ? 'conflict that leaves traces' : 'conflict'
  }

  function expectNothingOutside(): void {
    expect(readdirSync(outside)).toEqual(['victim'])
    expect(readFileSync(path.join(outside, 'victim'), 'utf8')).toBe('untouched\n')
    expect(readdirSync(temp).filter((name) => !name.includes('-view-'))).toEqual([])
    expect(repo.git('status', '--porcelain')).toBe('')
  }

  it.each([
    ['out of the tree', '../evil'],
    ['out of the tree, deeper', 'd/../../evil'],
    ['by an absolute path', '/tmp/patchferry-evil'],
    ['into .git', '.git/config'],
    ['into .git of a folder', 'd/.git/hooks/pre-commit'],
    ['into .GIT', '.GIT/config'],
    ['into .git as Windows shortens it', 'git~1/config'],
    ['into .git as Windows ends it', '.git./config'],
    ['into .git as macOS compares it', '.g\u00e2\u0080\u008cit/config'],
    ['into .git by a stream', '.git::$INDEX_ALLOCATION/config'],
    ['to "."', './'],
    ['through a symlink of the base', 'out/evil'],
    ['over a file behind a symlink', 'out/victim'],
  ])('cannot write %s', async (_, name) => {
    expect(await outcomeOf(newFile(name))).toBe('conflict')
    expectNothingOutside()
    expect(existsSync('/tmp/patchferry-evil')).toBe(false)
  })

  it.each([
    ['out of the tree', '../evil'],
    ['into .git', '.git/config'],
    ['through a symlink', 'out/evil'],
  ])('cannot rename %s', async (_, name) => {
    const diff = `diff --git a/a b/${name}\nsimilarity index 100%\nrename from a\nrename to ${name}\n`

    expect(await outcomeOf(diff)).toBe('conflict')
    expectNothingOutside()
  })

  it('cannot delete what lies behind a symlink', async () => {
    const diff =
      'diff --git a/out/victim b/out/victim\ndeleted file mode 100644\nindex 1234567..0000000\n--- a/out/victim\n+++ /dev/null\n@@ -1 +0,0 @@\n-untouched\n'

    expect(await outcomeOf(diff)).toBe('conflict')
    expectNothingOutside()
  })

  it('cannot write through a symlink that it makes itself', async () => {
    expect(await outcomeOf(link('l', outside), newFile('l/evil'))).toBe('conflict')
    expect(await outcomeOf(`${link('l', outside)}${newFile('l/evil')}`)).toBe('conflict')
    expectNothingOutside()
  })

  it('may make a symlink that points outside: it is content, and nothing follows it', async () => {
    expect(await outcomeOf(link('l', '/etc/passwd'))).toBe('applied')
    expectNothingOutside()
  })

  it.each([
    [
      'a literal that claims a terabyte',
      (): string => binary('a', 'literal', 2 ** 40, Buffer.alloc(10)),
    ],
    [
      'a delta that claims a terabyte',
      (): string => {
        const delta = Uint8Array.from([...varint(2), ...varint(2 ** 40), 0x90, 2])
        return binary('a', 'delta', delta.length, delta)
      },
    ],
    [
      'a literal that holds less than it unpacks to',
      (): string => binary('a', 'literal', 10, Buffer.alloc(50_000_000)),
    ],
    ['a hunk without end', (): string => `${newFile('x').replace('+1 @@', '+1,2000000000 @@')}`],
    ['no file name', (): string => newFile('')],
    ['a terminal escape', (): string => newFile('x').replace('@@ -0', '@@ -0,\u001b]0;evil\u0007')],
  ])('is refused for %s', async (_, diff) => {
    expect(await outcomeOf(diff())).toBe('conflict')
    expectNothingOutside()
  })

  it.each([
    ['line numbers beyond any file', newFile('x').replace('+1 @@', '+99999999999999999999,1 @@')],
    ['an unknown file type', newFile('x', '140000')],
    ['a mode that git does not keep', newFile('x', '104777')],
  ])('means what it means to git: %s', async (_, diff) => {
    const patches = toPatchMails([mailOf(diff)])
    const applied = await engine.apply({ base, patches, committer, skipMerged: true }, signal)

    expect(applied.outcome).toBe('applied')
    expect(applied).toMatchObject({ head: gitAm(repo.gitDir, base, [mailOf(diff)], committer) })
    expect(repo.git('fsck', '--strict', '--no-dangling')).toBe('')
  })

  it('starts no filter, driver or conversion that its attributes name', async () => {
    const marker = path.join(outside, 'ran')
    for (const [key, value] of [
      ['filter.own.clean', `touch ${marker}`],
      ['filter.own.smudge', `touch ${marker}`],
      ['filter.own.process', `touch ${marker}`],
      ['merge.own.driver', `touch ${marker}`],
      ['diff.own.textconv', `touch ${marker}`],
      ['diff.own.command', `touch ${marker}`],
    ] as const) {
      repo.git('config', key, value)
    }
    const attributes = newFile('.gitattributes', '100644', '* filter=own merge=own diff=own')
    const edit =
      'diff --git a/a b/a\nindex 7898192..6178079 100644\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+b\n'
    const patches = toPatchMails([attributes, edit].map(mailOf))
    const applied = await engine.apply({ base, patches, committer, skipMerged: true }, signal)
    expect(applied.outcome).toBe('applied')
    const head = applied.outcome === 'applied' ? applied.head : base
    await engine.show(head, 10_000)
    await engine.rangeDiff({ base, head }, { base, head }, signal)
    await engine.patchIds({ base, head }, signal)
    await engine.changedFiles({ base, head }, signal)
    const directory = path.join(temp, 'checkout')
    mkdirSync(directory)
    await engine.checkout(head, directory, signal)

    expect(readFileSync(path.join(directory, 'a'), 'utf8')).toBe('b\n')
    expect(existsSync(marker)).toBe(false)
  })

  it('cannot pass for two mails, nor for none', async () => {
    const mail = Buffer.from(mailOf(newFile('x'))).toString()
    const twice = Buffer.from(
      `From mboxrd@z Thu Jan  1 00:00:00 1970\n${mail}\nFrom mboxrd@z Thu Jan  1 00:00:00 1970\n${mail}`,
    )
    const patches = toPatchMails([twice])
    const applied = await engine.apply({ base, patches, committer, skipMerged: false }, signal)

    expect(applied.commits).toHaveLength(1)
    expect(await outcomeOf('')).toBe('conflict')
  })
})

import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Application } from '../../../src/core/apply/application.ts'
import type { Sha } from '../../../src/core/ids.ts'
import { type RefusalKind, readRefusal } from '../../../src/core/refusal.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { claimedBytes } from '../../../src/git/engine/screen/binary-size.ts'
import { isGitattributes, isGitmodules } from '../../../src/git/engine/screen/special-names.ts'
import type { GitEngine } from '../../../src/git/git-engine.ts'
import { readAsGit } from '../../../src/mail/parse/read-as-git.ts'
import { toPatchMails } from '../../support/patch-mails.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const committer = { name: 'Patchferry', address: 'patchferry@localhost' }
const rounds = Number(process.env['PATCHFERRY_FUZZ'] ?? 40)
const seed = Number(process.env['PATCHFERRY_SEED'] ?? Date.now() % 1_000_000)

function mailOf(diff: string): Uint8Array {
  const head = 'From: Mallory <m@example.org>\nDate: Mon, 15 Jan 2024 10:20:30 +0000\nSubject: x'
  return Buffer.from(`${head}\n\nx\n---\n${diff}-- \n2.39.5\n`)
}

/** As git quotes it, where it would. */
function named(prefix: string, name: string): string {
  const escaped = name.replace(/[\p{Cc}"\\]/gu, (character) => {
    const octal = character.charCodeAt(0).toString(8).padStart(3, '0')
    return `\\${octal}`
  })
  return escaped === name ? `${prefix}${name}` : `"${prefix}${escaped}"`
}

function newFile(name: string, lines: readonly string[] = ['x'], mode = '100644'): string {
  const [a, b] = [named('a/', name), named('b/', name)]
  const added = lines.map((line) => `+${line}\n`).join('')
  const index = `new file mode ${mode}\nindex 0000000..1234567`
  return `diff --git ${a} ${b}\n${index}\n--- /dev/null\n+++ ${b}\n@@ -0,0 +1,${lines.length} @@\n${added}`
}

function rename(from: string, to: string): string {
  const [a, b] = [named('a/', from), named('b/', to)]
  const lines = `rename from ${named('', from)}\nrename to ${named('', to)}\n`
  return `diff --git ${a} ${b}\nsimilarity index 100%\n${lines}`
}

function gitmodules(...settings: readonly string[]): string {
  return newFile('.gitmodules', ['[submodule "s"]', ...settings.map((line) => `\t${line}`)])
}

const big = 'a\n'.repeat(10_000_000)

describe('a patch that no honest person sends', () => {
  let repo: TestRepo
  let engine: GitEngine
  let base: Sha
  beforeAll(async () => {
    repo = makeTestRepo()
    base = repo.commit({ files: { a: 'a\n', 'tab\there': 'a\n', 'd/f': 'f\n', big } })
    engine = await openGitEngine(repo.gitDir, { readMail: readAsGit })
  })
  afterAll(async () => {
    await engine.close()
    repo.remove()
  })

  async function apply(...diffs: readonly string[]): Promise<Application> {
    const patches = toPatchMails(diffs.map(mailOf))
    return engine.apply({ base, patches, committer, skipMerged: true }, signal)
  }

  const refused: readonly (readonly [string, RefusalKind, string])[] = [
    ['a line break in a name', 'path-control', newFile('x\ny')],
    ['a terminal escape in a name', 'path-control', newFile('d/x\x1b[31m')],
    ['a DEL in a name', 'path-control', newFile('x\x7f')],
    ['a new name with a tab', 'path-control', rename('a', 'a\tb')],
    ['a name longer than any file system takes', 'path-long', newFile('x'.repeat(256))],
    ['a path of many folders', 'path-long', newFile(`${'d/'.repeat(100_000)}x`)],
    ['a drive of Windows', 'path-absolute', newFile('C:/Windows/x')],
    ['a place on a drive of Windows', 'path-absolute', newFile('C:evil')],
    ['the top of a drive of Windows', 'path-absolute', newFile('\\evil')],
    ['a way out on Windows', 'path-outside', newFile('d\\..\\..\\evil')],
    ['a name that is shown backwards', 'path-control', newFile('cod\u202ecexe.c')],
    ['a share of Windows', 'path-absolute', newFile('\\\\server\\x')],
    [
      'a submodule whose name leads out',
      'submodule',
      newFile('.gitmodules', ['[submodule "x/../../y"]']),
    ],
    ['an address that is an option', 'submodule', gitmodules('url = --upload-pack=touch /tmp/x')],
    ['such an address in quotes', 'submodule', gitmodules('url = "-ux"')],
    ['such an address on two lines', 'submodule', gitmodules('url = \\', '-ux')],
    ['an address that is a command', 'submodule', gitmodules('url = ext::sh -c x')],
    ['a submodule outside', 'submodule', gitmodules('path = ../../x')],
    ['a submodule that is updated by a command', 'submodule', gitmodules('UPDATE = !sh')],
    ['.gitmodules as a link', 'submodule', newFile('.gitmodules', ['x'], '120000')],
    [
      '.gitmodules as Windows shortens it, as a link',
      'submodule',
      newFile('GITMOD~1', ['x'], '120000'),
    ],
    ['a path into .git as Windows divides it', 'path-git', newFile('d\\.git\\x')],
    ['a path into .git as macOS reads it', 'path-git', newFile('.g\u200cIt/x')],
    ['a file with the mode of a folder', 'folder-mode', newFile('x', ['x'], '040000')],
    ['such a mode in five digits', 'folder-mode', newFile('x', ['x'], '40755')],
    ['a folder called .gitmodules', 'submodule', newFile('d/.gitmodules/x')],
    ['a folder called .gitattributes', 'attributes', newFile('d/.gitattributes/x')],
    ['a file that moves into one', 'attributes', rename('a', '.gitattributes/a')],
    ['a submodule called .gitattributes', 'attributes', newFile('GITATT~1', ['x'], '160000')],
    [
      'a line of attributes that is too long',
      'attributes',
      newFile('.gitattributes', [`x ${'x'.repeat(2046)}`]),
    ],
    ['a submodule called .gitmodules', 'submodule', newFile('.gitmodules', ['x'], '160000')],
    [
      'copies of what is large',
      'too-large',
      Array.from(
        { length: 120 },
        (_, n) =>
          `diff --git a/big b/copy${n}\nsimilarity index 99%\ncopy from big\ncopy to copy${n}\n--- a/big\n+++ b/copy${n}\n@@ -1,3 +1,4 @@\n+x\n a\n a\n a\n`,
      ).join(''),
    ],
    [
      'a binary that says it is huge',
      'too-large',
      `diff --git a/b b/b\nnew file mode 100644\nindex ${'0'.repeat(40)}..${'2'.repeat(40)}\nGIT binary patch\nliteral 900000000\nHcmV?d00001\n\nliteral 0\nHcmV?d00001\n\n`,
    ],
  ]

  it.each(refused)(
    'is refused with a reason, and nothing is written: %s',
    async (_, kind, diff) => {
      const before = repo.git('count-objects', '-v')
      const fine = newFile('fine')
      const application = await apply(fine, diff)

      expect(application).toMatchObject({
        outcome: 'conflict',
        commits: [],
        conflict: { number: 2 },
      })
      const output = application.outcome === 'conflict' ? application.conflict.output : ''
      expect(readRefusal(output)).toMatchObject({ kind })
      expect(output).not.toMatch(/\p{Cc}/u)
      expect(output.length).toBeLessThan(500)
      expect(repo.git('count-objects', '-v')).toBe(before)
    },
  )

  it('on which git itself breaks down is refused like any other, and not tried again', async () => {
    const diff = newFile('x').replace('new file mode 100644', 'new file mode.x 100644')
    const application = await apply(diff)

    expect(application).toMatchObject({ outcome: 'conflict', conflict: { number: 1 } })
  })

  it('is refused where git breaks down and leaves its lock', async () => {
    const diff = newFile('c', ['Subproject commit 1']).replace('new file', 'new .g\u200citfile')
    const application = await apply(diff, rename('a', 'con'))

    expect(application).toMatchObject({ outcome: 'conflict', conflict: { number: 1 } })
  })

  it.each([
    [
      'a file that has a tab in its name is edited',
      'diff --git "a/tab\\there" "b/tab\\there"\nindex 7898192..6178079 100644\n--- "a/tab\\there"\n+++ "b/tab\\there"\n@@ -1 +1 @@\n-a\n+b\n',
    ],
    [
      'a submodule is where submodules are',
      gitmodules('path = libs/s', 'url = ../s.git', 'update = rebase'),
    ],
    ['a file is only called like one', newFile('gitmod~1')],
    ['long names and many folders', newFile(`${'d/'.repeat(100)}${'x'.repeat(255)}`)],
    ['a drive letter is in the middle', newFile('d/C:/x')],
    ['a line of attributes is long', newFile('d/.gitattributes', [`x ${'x'.repeat(2045)}`])],
    ['the content looks like a header', newFile('x', ['--- a/C:/x', '+++ b/C:/x', '@@ -1 +1 @@'])],
  ])('is not one where %s', async (_, diff) => {
    expect(await apply(diff)).toMatchObject({ outcome: 'applied' })
    expect(repo.git('fsck', '--strict', '--no-dangling')).toBe('')
  })

  it.each([
    ['.gitmodules', true],
    ['.GitModules', true],
    ['.gitmodules . .', true],
    ['.gitmodules::$INDEX_ALLOCATION', true],
    ['.git\u200cmodules', true],
    ['gitmod~4', true],
    ['GI7EBA~1', true],
    ['.gitmodules.txt', false],
    ['gitmod~5', false],
    ['gitmodules', false],
    ['GI7EB~12', true],
    ['GI7EBA~12', false],
  ])('knows the spellings of .gitmodules: %s', (name, expected) => {
    expect(isGitmodules(name)).toBe(expected)
  })

  it.each([
    ['.gitattributes', true],
    ['.GitAttributes .', true],
    ['gitatt~4', true],
    ['gitatt~5', false],
    ['gi7d29~1', true],
    ['gi7eba~1', false],
    ['.gitattributes.txt', false],
  ])('knows the spellings of .gitattributes: %s', (name, expected) => {
    expect(isGitattributes(name)).toBe(expected)
  })

  it('counts what binary patches unpack to, deltas too', () => {
    const digits =
      '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~'
    // From 5 bytes to 2 ** 28.
    const packed = deflateSync(Uint8Array.from([5, 0x80, 0x80, 0x80, 0x80, 1, 0x90, 5]))
    const words = Buffer.alloc(Math.ceil(packed.length / 4) * 4)
    words.set(packed)
    let line = 'Z'
    for (let at = 0; at < words.length; at += 4) {
      let [value, text] = [words.readUInt32BE(at), '']
      for (let digit = 0; digit < 5; digit += 1) {
        text = `${digits[value % 85] ?? ''}${text}`
        value = Math.floor(value / 85)
      }
      line += text
    }

    expect(claimedBytes(`GIT binary patch\ndelta 8\n${line}\n\nliteral 7\nHcmV\n\n`)).toBe(
      8 + 2 ** 28 + 7,
    )
    expect(claimedBytes('GIT binary patch\ndelta 8\nno base 85 \u00e4\n\n')).toBe(8)
  })

  it(`is refused with a reason, or makes a sound commit, whatever it is made of (PATCHFERRY_SEED=${seed}, PATCHFERRY_FUZZ=${rounds})`, {
    timeout: 60_000 + rounds * 500,
  }, async () => {
    const random = seededRandom(seed)
    function pick<T>(items: readonly T[], last: T): T {
      return items[Math.floor(random() * items.length)] ?? last
    }
    const pieces =
      '..|.||/|d|a|f|x|~|C:|\\|\n|\x1b[2J| |\u202e|.git|.GIT|.g\u200cit|git~1|.git.|.git |.git::$DATA|.git\\x|.gitmodules|GITMOD~1|.gitattributes|con|tab\there|\u00e4'
        .split('|')
        .concat('x'.repeat(300))
    function name(): string {
      const count = 1 + Math.floor(random() * 4)
      return Array.from({ length: count }, () => pick(pieces, 'x')).join(random() < 0.8 ? '/' : '')
    }
    function diff(): string {
      const mode = pick(['100644', '100755', '120000', '160000', '040000', '777777'], '100644')
      const made = pick<() => string>(
        [
          () =>
            newFile(name(), [pick(['x', 'Subproject commit 1', '\turl = -x', '/etc'], 'x')], mode),
          () => rename(pick(['a', 'tab\there', name()], 'a'), name()),
          () => `--- /dev/null\n+++ ${named('b/', name())}\n@@ -0,0 +1 @@\n+x\n`,
          () => newFile(name()).replace('+1,1 @@', `+1,${Math.floor(random() * 1e12)} @@`),
        ],
        () => newFile(name()),
      )()
      const at = Math.floor(random() * made.length)
      return random() < 0.2 ? `${made.slice(0, at)}${pick(pieces, 'x')}${made.slice(at)}` : made
    }
    const outcomes = { applied: 0, conflict: 0, empty: 0 }
    const problems: string[] = []
    for (let round = 0; round < rounds; round += 1) {
      const diffs = Array.from({ length: 1 + Math.floor(random() * 2) }, diff)
      const before = repo.git('count-objects', '-v')
      try {
        const application = await apply(...diffs)
        outcomes[application.outcome] += 1
        const problem =
          application.outcome === 'conflict'
            ? judgeRefusal(application.conflict.output, before)
            : judgeCommit(application.head)
        problems.push(...(problem === null ? [] : [`${problem}: ${JSON.stringify(diffs)}`]))
      } catch (error) {
        problems.push(`${String(error)}: ${JSON.stringify(diffs)}`)
      }
    }
    process.stdout.write(`${JSON.stringify(outcomes)}\n`)
    expect(problems).toEqual([])
    expect(outcomes.conflict).toBeGreaterThan(0)
  })

  function judgeRefusal(output: string, before: string): string | null {
    if (output === '') {
      return 'no reason'
    }
    return repo.git('count-objects', '-v') === before ? null : 'objects are left'
  }

  /** By git itself: it takes no bad name into an index, and checks what is there. */
  function judgeCommit(head: Sha): string | null {
    const paths = repo.git('ls-tree', '-r', '-z', '--name-only', head).split('\0')
    const bad = paths.filter((path) => /\p{Cc}|^[A-Za-z]:[\\/]/u.test(path) && path !== 'tab\there')
    const entries = repo.git('ls-tree', '-r', '-z', head)
    const env = { GIT_INDEX_FILE: `${repo.gitDir}/fuzz-index` }
    const strict = ['-c', 'core.protectHFS=true', '-c', 'core.protectNTFS=true']
    repo.gitWith({ input: entries, env }, ...strict, 'update-index', '-z', '--index-info')
    const said = repo.git('fsck', '--strict', '--no-dangling', head)
    return bad.length === 0 && said === '' ? null : `unsound ${bad.join()} ${said}`
  }
})

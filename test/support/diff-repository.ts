import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const env = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
}

/** Runs git without the configuration of this machine; gives its standard output. */
export function git(folder: string, args: readonly string[], input?: Uint8Array): Buffer {
  return execFileSync('git', args, { cwd: folder, env, input, stdio: ['pipe', 'pipe', 'pipe'] })
}

function lines(count: number, mark = ''): string {
  return Array.from({ length: count }, (_, index) => `line ${index}${mark}\n`).join('')
}

/** What one commit changes, by name: every feature that a diff header or hunk has. */
const changes: Readonly<Record<string, (folder: string) => void>> = {
  'a new file': (folder) => writeFileSync(path.join(folder, 'new'), lines(5)),
  'a changed file': (folder) => writeFileSync(path.join(folder, 'text'), lines(40, '!')),
  'no newline at the end': (folder) => writeFileSync(path.join(folder, 'text'), 'one\ntwo'),
  'a newline at the end again': (folder) => writeFileSync(path.join(folder, 'text'), 'one\ntwo\n'),
  'content that looks like headers': (folder) =>
    writeFileSync(
      path.join(folder, 'text'),
      'one\n-- a/x\n++ b/x\n@@ -1 +1 @@\ndiff --git a/q b/q\n',
    ),
  'such content gone': (folder) => writeFileSync(path.join(folder, 'text'), 'one\ntwo\n'),
  'a mode': (folder) => chmodSync(path.join(folder, 'text'), 0o755),
  'a mode and content': (folder) => {
    chmodSync(path.join(folder, 'text'), 0o644)
    writeFileSync(path.join(folder, 'text'), 'three\n')
  },
  'a rename': (folder) => renameSync(path.join(folder, 'long'), path.join(folder, 'moved')),
  'a rename with changes': (folder) => {
    rmSync(path.join(folder, 'moved'))
    mkdirSync(path.join(folder, 'deep/er'), { recursive: true })
    writeFileSync(path.join(folder, 'deep/er/moved'), `${lines(60)}more\n`)
  },
  'a copy': (folder) => {
    writeFileSync(path.join(folder, 'copy'), `${lines(60)}more\n`)
    writeFileSync(path.join(folder, 'deep/er/moved'), `${lines(60)}more\nand more\n`)
  },
  'an empty file': (folder) => writeFileSync(path.join(folder, 'empty'), ''),
  'an empty file gone': (folder) => rmSync(path.join(folder, 'empty')),
  'a deleted file': (folder) => rmSync(path.join(folder, 'new')),
  'a new binary file': (folder) =>
    writeFileSync(path.join(folder, 'bin'), Buffer.from([0, 1, 2, 255, 0])),
  'binary and text': (folder) => {
    writeFileSync(path.join(folder, 'bin'), Buffer.alloc(3000, 7).fill(0, 10, 20))
    writeFileSync(path.join(folder, 'text'), 'four\n')
    writeFileSync(path.join(folder, 'zzz'), 'five\n')
  },
  'a symbolic link': (folder) => symlinkSync('text', path.join(folder, 'link')),
  'a link that becomes a file': (folder) => {
    rmSync(path.join(folder, 'link'))
    writeFileSync(path.join(folder, 'link'), 'text')
  },
  'odd names': (folder) => {
    for (const name of [
      'with space',
      'tab\there',
      'quote"d',
      'ü',
      'back\\slash',
      'b and a',
      ' b b',
    ]) {
      writeFileSync(path.join(folder, name), 'x\n')
    }
  },
  'modes of odd names': (folder) => {
    for (const name of [
      'with space',
      'tab\there',
      'quote"d',
      'ü',
      'back\\slash',
      'b and a',
      ' b b',
    ]) {
      chmodSync(path.join(folder, name), 0o755)
    }
  },
  'renames of odd names': (folder) => {
    renameSync(path.join(folder, 'with space'), path.join(folder, 'with  two'))
    renameSync(path.join(folder, 'tab\there'), path.join(folder, 'é b/c'.replace('/', '')))
  },
  'carriage returns': (folder) => writeFileSync(path.join(folder, 'text'), 'a\r\nb\r\n'),
  'bytes of no charset': (folder) =>
    writeFileSync(path.join(folder, 'text'), Buffer.from('caf\xe9\n\xff\xfe\n', 'latin1')),
  'a submodule': (folder) => {
    mkdirSync(path.join(folder, 'sub'))
    git(folder, ['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`])
  },
}

export interface NamedDiff {
  readonly name: string
  readonly diff: Buffer
  /** As `git diff-tree -r` has them: letter, old and new mode (null: none), old and new path (null: none). */
  readonly files: readonly (readonly [
    string,
    string | null,
    string | null,
    string | null,
    string | null,
  ])[]
}

/** Makes a repository with a commit for each feature, and gives their diffs. */
export function makeDiffs(): readonly NamedDiff[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-diffs-'))
  try {
    git(folder, ['init', '-q'])
    writeFileSync(path.join(folder, 'text'), lines(40))
    writeFileSync(path.join(folder, 'long'), lines(60))
    commit(folder)
    return Object.entries(changes).map(([name, change]) => {
      change(folder)
      commit(folder)
      const diff = git(folder, [
        'diff-tree',
        '-p',
        '--binary',
        '-M',
        '-C',
        '--no-commit-id',
        'HEAD',
      ])
      return { name, diff, files: listFiles(folder) }
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function commit(folder: string): void {
  git(folder, ['add', '--ignore-errors', '.'])
  const who = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org']
  git(folder, [...who, 'commit', '-q', '--no-verify', '-m', 'x'])
}

function listFiles(folder: string): NamedDiff['files'] {
  const flags = ['-r', '-z', '-M', '-C', '--no-commit-id', '--abbrev=40']
  const words = git(folder, ['diff-tree', ...flags, 'HEAD'])
    .toString()
    .split('\0')
  const files: NamedDiff['files'][number][] = []
  for (let at = 0; at + 1 < words.length; ) {
    const [oldMode = '', newMode = '', , , letter = ''] = (words[at] ?? '').slice(1).split(' ')
    const source = words[at + 1] ?? ''
    const isMove = /^[RC]/.test(letter)
    const target = isMove ? (words[at + 2] ?? '') : source
    at += isMove ? 3 : 2
    const isNew = letter === 'A'
    const isDeleted = letter === 'D'
    files.push([
      letter.slice(0, 1),
      isNew ? null : oldMode,
      isDeleted ? null : newMode,
      isNew ? null : source,
      isDeleted ? null : target,
    ])
  }
  return files
}

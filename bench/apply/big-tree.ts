import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { type Sha, toSha } from '../../src/core/ids.ts'
import { testGitEnvironment } from '../../test/support/test-repo.ts'
import { gitOf } from '../faithful/git-of.ts'
import { mailsOf } from '../faithful/history-series.ts'

const folders = 5340
const filesInFolder = 15
const baseCount = 6
const patchesInSeries = 5

export interface BigTree {
  readonly gitDir: string
  readonly series: readonly { readonly base: Sha; readonly mails: readonly Uint8Array[] }[]
}

/**
 * A repository of 80,100 files with `count` series of five patches on six bases in turns, each patch touching three files. The
 * series are written in a second repository: the first does not hold them.
 */
export function makeBigTree(folder: string, count: number): BigTree {
  const gitDir = path.join(folder, 'big.git')
  const written = path.join(folder, 'written.git')
  for (const directory of [gitDir, written]) {
    mkdirSync(directory, { recursive: true })
    gitOf(directory)('init', '-q', '--bare', '-b', 'main', '.')
  }
  fastImport(gitDir, bases())
  const alternate = path.join(gitDir, 'objects')
  const env = { GIT_ALTERNATE_OBJECT_DIRECTORIES: alternate }
  const all = gitOf(gitDir)('rev-list', '--reverse', 'main').split('\n').map(toSha)
  fastImport(written, seriesOn(all, count), env)
  const git = gitOf(written, env)
  const series = Array.from({ length: count }, (_, index) => {
    const base = all[index % baseCount] ?? toSha('')
    const commits = git('rev-list', '--reverse', `${base}..refs/heads/s${index}`)
      .split('\n')
      .map(toSha)
    return { base, mails: mailsOf(git, { base, commits, mainline: null }).patches }
  })
  return { gitDir, series }
}

function nameOf(file: number): string {
  const folder = Math.floor(file / filesInFolder)
  return `d${folder % 60}/e${Math.floor(folder / 60)}/file${file % filesInFolder}.c`
}

function contentOf(file: number, edits: readonly string[]): string {
  const lines = Array.from(
    { length: 40 },
    (_, line) => `int value_${file}_${line} = ${line * file};`,
  )
  for (const [index, edit] of edits.entries()) {
    lines[5 + index * 6] = edit
  }
  return `${lines.join('\n')}\n`
}

function commit(
  branch: string,
  from: string | null,
  message: string,
  files: readonly string[],
): string {
  const person = 'Bench <bench@example.org> 1700000000 +0000'
  return `commit refs/heads/${branch}\nauthor ${person}\ncommitter ${person}\ndata ${message.length}\n${message}\n${
    from === null ? '' : `from ${from}\n`
  }${files.join('')}`
}

function change(file: number, edits: readonly string[]): string {
  const content = contentOf(file, edits)
  return `M 100644 inline ${nameOf(file)}\ndata ${content.length}\n${content}\n`
}

/** The whole tree, then five commits of 400 files each. */
function* bases(): Generator<string> {
  const total = folders * filesInFolder
  yield commit('main', null, 'all', [])
  for (let file = 0; file < total; file += 1) {
    yield change(file, [])
  }
  for (let base = 1; base < baseCount; base += 1) {
    const files = Array.from({ length: 400 }, (_, index) =>
      change(total - 1 - index - base * 400, [`/* base ${base} */`]),
    )
    yield commit('main', null, `base ${base}`, files)
  }
}

function* seriesOn(all: readonly Sha[], count: number): Generator<string> {
  for (let index = 0; index < count; index += 1) {
    for (let patch = 0; patch < patchesInSeries; patch += 1) {
      const files = [0, 1, 2].map((file) =>
        change(index * 997 + patch * 331 + file * 15, [`/* series ${index} */`]),
      )
      const from = patch === 0 ? (all[index % baseCount] ?? '') : null
      yield commit(`s${index}`, from, `series ${index}: patch ${patch + 1}\n`, files)
    }
  }
}

/** By a file, as the memory of this process is measured. */
function fastImport(
  gitDir: string,
  input: Iterable<string>,
  env: Readonly<Record<string, string>> = {},
): void {
  const name = path.join(gitDir, 'fast-import')
  const file = openSync(name, 'w')
  for (const part of input) {
    writeSync(file, part)
  }
  closeSync(file)
  const reading = openSync(name, 'r')
  execFileSync('git', ['fast-import', '--quiet'], {
    cwd: gitDir,
    env: { ...testGitEnvironment(), ...env },
    stdio: [reading, 'ignore', 'pipe'],
  })
  closeSync(reading)
  rmSync(name)
}

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Sha, toSha } from '../../src/core/ids.ts'

/** Content of a file; null removes it, `link` makes a symlink, `executable` sets the mode. */
export type FileSpec =
  | string
  | Uint8Array
  | null
  | { readonly link: string }
  | { readonly executable: string }

export interface CommitSpec {
  readonly files?: Readonly<Record<string, FileSpec>>
  readonly message?: string
  /** `Name <address>`; the repository's own person when absent. */
  readonly author?: string
}

export interface CallOptions {
  readonly input?: Uint8Array | string
  readonly env?: Readonly<Record<string, string>>
}

/** A repository with a work tree, in a temporary folder, whose clock ticks one minute per command. */
export interface TestRepo {
  readonly directory: string
  readonly gitDir: string
  /** Runs git here and gives its output, trailing newline removed. Throws when it fails. */
  git(...args: readonly string[]): string
  gitWith(options: CallOptions, ...args: readonly string[]): string
  write(files: Readonly<Record<string, FileSpec>>): void
  /** Writes the files, adds everything and commits, even when nothing changed. */
  commit(spec?: CommitSpec): Sha
  sha(revision: string): Sha
  /** The mails of `git format-patch` over a range, one per patch, in order. */
  formatPatch(range: string, ...options: readonly string[]): readonly Uint8Array[]
  remove(): void
}

/** The environment of every git in tests: nothing of the machine's or the user's configuration. */
export function testGitEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Ada Author',
    GIT_AUTHOR_EMAIL: 'ada@example.org',
    GIT_COMMITTER_NAME: 'Carl Committer',
    GIT_COMMITTER_EMAIL: 'carl@example.org',
  }
}

const firstTickMs = Date.UTC(2024, 0, 1)
const tickMs = 60_000

/** Makes an empty repository on branch `main`. The same calls give the same SHAs on every machine. */
export function makeTestRepo(prefix = 'patchferry-test-'): TestRepo {
  const directory = mkdtempSync(path.join(tmpdir(), prefix))
  let ticks = 0

  function gitWith(options: CallOptions, ...args: readonly string[]): string {
    ticks += 1
    const date = `${(firstTickMs + ticks * tickMs) / 1000} +0000`
    const output = execFileSync('git', args, {
      cwd: directory,
      env: {
        ...testGitEnvironment(),
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_DATE: date,
        ...options.env,
      },
      input: options.input ?? '',
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 256 * 1024 * 1024,
    })
    return output.toString('utf8').replace(/\n$/, '')
  }
  function git(...args: readonly string[]): string {
    return gitWith({}, ...args)
  }

  function write(files: Readonly<Record<string, FileSpec>>): void {
    for (const [name, spec] of Object.entries(files)) {
      const target = path.join(directory, name)
      rmSync(target, { recursive: true, force: true })
      if (spec === null) {
        continue
      }
      mkdirSync(path.dirname(target), { recursive: true })
      if (typeof spec === 'string' || spec instanceof Uint8Array) {
        writeFileSync(target, spec)
      } else if ('link' in spec) {
        symlinkSync(spec.link, target)
      } else {
        writeFileSync(target, spec.executable)
        chmodSync(target, 0o755)
      }
    }
  }

  function sha(revision: string): Sha {
    return toSha(git('rev-parse', '--verify', revision))
  }

  git('init', '-q', '-b', 'main', '.')
  return {
    directory,
    gitDir: path.join(directory, '.git'),
    git,
    gitWith,
    write,
    commit(spec = {}): Sha {
      write(spec.files ?? {})
      git('add', '-A')
      const author = spec.author === undefined ? [] : [`--author=${spec.author}`]
      git('commit', '-q', '--allow-empty', ...author, '-m', spec.message ?? `commit ${ticks}`)
      return sha('HEAD')
    },
    sha,
    formatPatch(range, ...options): readonly Uint8Array[] {
      const folder = mkdtempSync(path.join(tmpdir(), prefix))
      try {
        git('format-patch', '-q', '-o', folder, ...options, range)
        return readdirSync(folder)
          .toSorted()
          .map((name) => readFileSync(path.join(folder, name)))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    remove(): void {
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

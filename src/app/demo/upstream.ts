import { chmod, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Sha } from '../../core/ids.ts'
import { gitText } from '../../git/cli/run-git.ts'

/** Files to write, by path; null removes one. */
export type Change = Readonly<Record<string, string | null>>

export interface DemoAuthor {
  readonly name: string
  readonly address: string
}

/** The working repository in which the contributors of the demo make their commits. */
export interface Workshop {
  readonly directory: string
  /** Commits `change` on top of the checked-out commit. `day` gives author and committer date. */
  commit(change: Change, message: string, author: DemoAuthor, day: number): Promise<Sha>
  checkout(revision: string): Promise<void>
  git(...args: readonly string[]): Promise<string>
}

const program = `#!/bin/sh
# hello LANGUAGE NAME: greets somebody.
here=$(dirname "$0")
word=$(cat "$here/words/$1.txt" 2>/dev/null) || {
	echo "hello: no such language: $1" >&2
	exit 1
}
echo "$word, $2!"
`

const testScript = `#!/bin/sh
# Runs every test under tests/ and says which failed.
cd "$(dirname "$0")" || exit 1
failed=0
for test in tests/*.sh; do
	if output=$(sh "$test" 2>&1); then
		echo "ok - $test"
	else
		echo "not ok - $test"
		echo "$output" | sed 's/^/# /'
		failed=$((failed + 1))
	fi
done
if [ "$failed" -gt 0 ]; then
	echo "error: $failed tests failed"
	exit 1
fi
`

const englishTest = `got=$(sh ./hello en World)
[ "$got" = "Hello, World!" ] || { echo "expected: Hello, World!"; echo "got: $got"; exit 1; }
`

const unknownTest = `if sh ./hello xx World 2>/dev/null; then echo "an unknown language must fail"; exit 1; fi
`

/** What the project consists of when it begins. */
export const firstCommit: Change = {
  hello: program,
  'words/en.txt': 'Hello\n',
  'test.sh': testScript,
  'tests/english.sh': englishTest,
  'tests/unknown.sh': unknownTest,
  'README.md': '# hello\n\nGreets somebody in a language of their choice.\n',
}

function dateOf(day: number): string {
  return new Date(Date.UTC(2026, 0, day, 9, 0, 0)).toISOString().replace('.000Z', '+0000')
}

/** Makes an empty working repository at `directory`, branch `main`. */
export async function openWorkshop(directory: string): Promise<Workshop> {
  await mkdir(directory, { recursive: true })
  async function git(...args: readonly string[]): Promise<string> {
    return gitText(args, { cwd: directory })
  }
  await git('init', '--quiet', '--initial-branch=main')
  async function write(file: string, content: string): Promise<void> {
    const target = path.join(directory, file)
    await mkdir(path.dirname(target), { recursive: true })
    await writeFile(target, content)
    if (content.startsWith('#!')) {
      await chmod(target, 0o755)
    }
  }
  return {
    directory,
    git,
    async checkout(revision) {
      await git('checkout', '--quiet', '--force', '--detach', revision)
    },
    async commit(change, message, author, day) {
      for (const [file, content] of Object.entries(change)) {
        if (content === null) {
          await git('rm', '--quiet', file)
        } else {
          await write(file, content)
        }
      }
      await git('add', '--all')
      const date = dateOf(day)
      await gitText(['commit', '--quiet', '--message', message], {
        cwd: directory,
        env: {
          GIT_AUTHOR_NAME: author.name,
          GIT_AUTHOR_EMAIL: author.address,
          GIT_AUTHOR_DATE: date,
          GIT_COMMITTER_NAME: author.name,
          GIT_COMMITTER_EMAIL: author.address,
          GIT_COMMITTER_DATE: date,
        },
      })
      return (await git('rev-parse', 'HEAD')).trim() as Sha
    },
  }
}

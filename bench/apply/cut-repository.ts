import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import path from 'node:path'
import type { Sha } from '../../src/core/ids.ts'
import { testGitEnvironment } from '../../test/support/test-repo.ts'
import { gitOf } from '../faithful/git-of.ts'
import { type HistorySeries, topicMerges } from '../faithful/history-series.ts'

/** A repository that ends at one commit, and series on bases in it whose own commits it does not hold. */
export interface Cut {
  readonly gitDir: string
  readonly tip: Sha
  readonly series: readonly HistorySeries[]
}

/** Cuts the history of `source` before its newest topics, into a new bare repository below `folder`. */
export function cutRepository(source: string, folder: string, count: number): Cut {
  const git = gitOf(source)
  const newest = topicMerges(git, count * 3)
  const tip = newest.at(-1)?.mainline
  if (!tip) {
    throw new Error(`${source} has no merges of topics`)
  }
  const old = new Set(git('rev-list', tip).split('\n'))
  const series = newest
    .filter(({ base, commits }) => old.has(base) && !commits.some((commit) => old.has(commit)))
    .slice(0, count)
  const gitDir = path.join(folder, 'cut.git')
  mkdirSync(gitDir, { recursive: true })
  gitOf(gitDir)('init', '-q', '--bare', '-b', 'main', '.')
  const list = path.join(folder, 'objects')
  redirected(source, ['rev-list', '--objects', tip], null, list)
  const pack = path.join(folder, 'pack')
  redirected(source, ['pack-objects', '--stdout', '-q', '--delta-base-offset'], list, pack)
  redirected(gitDir, ['index-pack', '--stdin'], pack, null)
  gitOf(gitDir)('update-ref', 'refs/heads/main', tip)
  gitOf(gitDir)('commit-graph', 'write', '--reachable')
  return { gitDir, tip, series }
}

function redirected(
  directory: string,
  args: readonly string[],
  input: string | null,
  output: string | null,
): void {
  const [from, to] = [
    input === null ? 'ignore' : openSync(input, 'r'),
    output === null ? 'ignore' : openSync(output, 'w'),
  ] as const
  const { status, stderr } = spawnSync('git', args, {
    cwd: directory,
    env: testGitEnvironment(),
    stdio: [from, to, 'pipe'],
  })
  for (const file of [from, to]) {
    if (typeof file === 'number') {
      closeSync(file)
    }
  }
  if (status !== 0) {
    throw new Error(`git ${args[0]}: ${stderr.toString()}`)
  }
}

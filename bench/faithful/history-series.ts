import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Sha, toSha } from '../../src/core/ids.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import type { Git } from './git-of.ts'

/** A series as it once was: commits in a row on a base, and the mainline just before it was merged. */
export interface HistorySeries {
  readonly base: Sha
  readonly commits: readonly Sha[]
  /** First parent of the merge; null where the series lies on the mainline itself. */
  readonly mainline: Sha | null
}

const longestSeries = 60

/** The newest `count` topic merges of HEAD whose topic is a line of commits that each change something. */
export function topicMerges(git: Git, count: number): readonly HistorySeries[] {
  const merges = git('rev-list', '--first-parent', '--merges', '--parents', 'HEAD').split('\n')
  const found: HistorySeries[] = []
  for (const row of merges) {
    const [, first, second, third] = row.split(' ')
    if (found.length === count) {
      break
    }
    if (first === undefined || second === undefined || third !== undefined) {
      continue
    }
    const commits = lineOf(git, `${first}..${second}`)
    const base = commits === null ? null : toSha(git('rev-parse', `${commits[0] ?? ''}~1`))
    if (commits !== null && base !== null) {
      found.push({ base, commits, mainline: toSha(first) })
    }
  }
  return found
}

/** The newest commits of a mainline without merges, cut into `count` series of one to six. */
export function slicedMainline(git: Git, count: number): readonly HistorySeries[] {
  const random = seededRandom(1)
  const line = git('rev-list', '--first-parent', '--parents', `--max-count=${count * 6}`, 'HEAD')
    .split('\n')
    .map((row) => row.split(' ').map(toSha))
  const found: HistorySeries[] = []
  let at = 0
  while (found.length < count && at < line.length) {
    const rows = line.slice(at, at + 1 + Math.floor(random() * 6))
    at += rows.length
    const base = rows.at(-1)?.[1]
    const commits = rows.map(([commit]) => commit ?? toSha('')).toReversed()
    if (base !== undefined && rows.every((row) => row.length === 2) && isTelling(git, commits)) {
      found.push({ base, commits, mainline: null })
    }
  }
  return found
}

/** Oldest first; null unless the range is a line of commits, none of them empty. */
function lineOf(git: Git, range: string): readonly Sha[] | null {
  const listing = git('rev-list', '--reverse', '--topo-order', '--parents', range)
  const rows = listing === '' ? [] : listing.split('\n').map((row) => row.split(' '))
  const isLine = rows.every(
    (row, index) => row.length === 2 && (index === 0 || row[1] === rows[index - 1]?.[0]),
  )
  const commits = rows.map((row) => toSha(row[0] ?? ''))
  const isShort = rows.length > 0 && rows.length <= longestSeries
  return isShort && isLine && isTelling(git, commits) ? commits : null
}

/** True when every commit changes its tree: format-patch leaves the others out. */
function isTelling(git: Git, commits: readonly Sha[]): boolean {
  const trees = git(
    'rev-parse',
    ...commits.flatMap((commit) => [`${commit}^{tree}`, `${commit}~1^{tree}`]),
  ).split('\n')
  return commits.every((_, index) => trees[2 * index] !== trees[2 * index + 1])
}

export interface SeriesMails {
  /** Null where none was wanted. */
  readonly cover: Uint8Array | null
  readonly patches: readonly Uint8Array[]
}

/**
 * What `git format-patch --thread --base` makes of it, with a cover letter or without. Covers made in one second get the same Message-ID:
 * here every series has its own.
 */
export function mailsOf(git: Git, series: HistorySeries, withCover = true): SeriesMails {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-faithful-'))
  try {
    const head = series.commits.at(-1) ?? series.base
    const options = ['-q', '-o', folder, '--from=Bench <bench@example.org>', '--thread']
    const cover = withCover ? '--cover-letter' : '--no-cover-letter'
    git('format-patch', ...options, cover, `--base=${series.base}`, `${series.base}..${head}`)
    const mails = readdirSync(folder)
      .toSorted()
      .map((name) => uniqueCover(readFileSync(path.join(folder, name)), head))
    const patches = withCover ? mails.slice(1) : mails
    if (patches.length !== series.commits.length) {
      throw new Error(
        `format-patch made ${patches.length} mails of ${series.commits.length} commits`,
      )
    }
    return { cover: withCover ? (mails[0] ?? null) : null, patches }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function uniqueCover(mail: Uint8Array, head: Sha): Uint8Array {
  const text = Buffer.from(mail).toString('latin1')
  const end = text.indexOf('\n\n')
  const headers = text.slice(0, end).replace(/<cover\.(\d+)\./g, `<cover.${head.slice(0, 12)}.$1.`)
  return Buffer.from(headers + text.slice(end), 'latin1')
}

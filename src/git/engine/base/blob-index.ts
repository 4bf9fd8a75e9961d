import { type RefName, type Sha, toSha } from '../../../core/ids.ts'
import { gitText } from '../../cli/run-git.ts'
import { unquote } from '../diff-files.ts'
import { boundedHistory, sinceArgument } from '../history-range.ts'
import { committedAt } from '../inspect.ts'
import type { Repository } from '../repository.ts'
import { isMet, type PreImage } from './pre-image.ts'
import { type TreeState, treeStates } from './tree-state.ts'

export interface Tip {
  readonly branch: RefName
  readonly commit: Sha
}

export interface BlobMatch {
  readonly branch: RefName
  readonly commit: Sha
  /** Where the search found it. */
  readonly place: 'tip' | 'mainline' | 'side'
}

/** Bounds of the search: commits of the first-parent line, commits that touch the files, pairs of commit and path. */
const maxMainline = 10_000
const maxTouching = 1000
const maxLookups = 20_000

/** A patch is seldom written on a base older than this. */
const oldBaseMs = 400 * 24 * 60 * 60 * 1000

/**
 * The newest commit on the branches that looks as the patches expect (see `preImageOf`). A tip wins, in the order of
 * the branches; then the newest commit of a first-parent line; then the newest that was merged from the side. Null
 * when the bounded search finds none.
 */
export async function findByBlobs(
  repository: Repository,
  tips: readonly Tip[],
  preImage: PreImage,
  authoredAt: readonly (Date | null)[],
  signal: AbortSignal | undefined,
): Promise<BlobMatch | null> {
  const paths = [...preImage.keys()]
  const commits = tips.map((tip) => tip.commit)
  const states = await treeStates(repository, commits, paths, signal)
  const atTip = tips.find((_, index) => matches(preImage, states[index] ?? new Map()))
  if (atTip !== undefined) {
    return { ...atTip, place: 'tip' }
  }
  const since = sinceArgument(authoredAt, oldBaseMs)
  for (const search of [searchMainline, searchSides]) {
    const found: BlobMatch[] = []
    for (const [index, tip] of tips.entries()) {
      const state = states[index] ?? new Map()
      const range = await boundedHistory(repository, tip.commit, maxMainline, signal)
      const match = await search(repository, { tip, state, range, since }, preImage, signal)
      found.push(...(match === null ? [] : [match]))
    }
    const newest = await newestOf(repository, found)
    if (newest !== null) {
      return newest
    }
  }
  return null
}

interface Line {
  readonly tip: Tip
  readonly state: TreeState
  readonly range: readonly string[]
  readonly since: readonly string[]
}

/** Goes back along the first parents, undoing in `state` what each commit did, until the state matches. */
async function searchMainline(
  repository: Repository,
  line: Line,
  preImage: PreImage,
  signal: AbortSignal | undefined,
): Promise<BlobMatch | null> {
  const state = new Map(line.state)
  const format = ['--raw', '--no-abbrev', '--no-renames', '--format=commit %H %P']
  const walk = ['--first-parent', '-m', `--max-count=${maxTouching}`, ...line.since]
  const args = ['log', ...walk, ...format, ...line.range, '--', ...asArguments(preImage)]
  const log = await gitText(['--literal-pathspecs', ...args], repository.view, signal)
  for (const block of log.split(/^commit /m).slice(1)) {
    const [header = '', ...changes] = block.split('\n')
    const parent = header.split(' ')[1]
    if (parent === undefined || parent === '') {
      return null
    }
    for (const change of changes) {
      const found = /^:\d+ \d+ (?<old>[0-9a-f]+) [0-9a-f]+ \w+\t(?<name>.*)$/.exec(change)?.groups
      if (found !== undefined) {
        const old = found['old'] ?? ''
        state.set(unquote(found['name'] ?? ''), /^0+$/.test(old) ? null : old)
      }
    }
    if (matches(preImage, state)) {
      return { branch: line.tip.branch, commit: toSha(parent), place: 'mainline' }
    }
  }
  return null
}

/** Looks at the parents of every commit that touches the files, merged ones too. */
async function searchSides(
  repository: Repository,
  line: Line,
  preImage: PreImage,
  signal: AbortSignal | undefined,
): Promise<BlobMatch | null> {
  const paths = [...preImage.keys()]
  const walk = ['--full-history', '--date-order', `--max-count=${maxTouching}`, ...line.since]
  const args = ['log', ...walk, '--format=%P', ...line.range, '--', ...asArguments(preImage)]
  const parents = await gitText(['--literal-pathspecs', ...args], repository.view, signal)
  const candidates = [...new Set(parents.split(/\s+/).filter((name) => name !== ''))]
    .slice(0, Math.floor(maxLookups / paths.length))
    .map(toSha)
  const states = await treeStates(repository, candidates, paths, signal)
  const commit = candidates.find((_, index) => matches(preImage, states[index] ?? new Map()))
  return commit === undefined ? null : { branch: line.tip.branch, commit, place: 'side' }
}

function matches(preImage: PreImage, state: TreeState): boolean {
  return [...preImage].every(([name, expectation]) => isMet(expectation, state.get(name) ?? null))
}

async function newestOf(
  repository: Repository,
  found: readonly BlobMatch[],
): Promise<BlobMatch | null> {
  let newest: { readonly match: BlobMatch; readonly at: number } | null = null
  for (const match of found) {
    const at = (await committedAt(repository, match.commit)).getTime()
    if (newest === null || at > newest.at) {
      newest = { match, at }
    }
  }
  return newest?.match ?? null
}

function asArguments(preImage: PreImage): readonly string[] {
  return [...preImage.keys()].map((name) => Buffer.from(name, 'latin1').toString('utf8'))
}

import type { Application, OlderBase } from '../../../core/apply/application.ts'
import { type RefName, type Sha, toSha } from '../../../core/ids.ts'
import { gitText } from '../../cli/run-git.ts'
import type { ApplyRequest } from '../../git-engine.ts'
import { applySeries } from '../apply/apply-series.ts'
import { type MailPatch, readMailPatches } from '../apply/mail-patch.ts'
import { isPlainPath } from '../diff-files.ts'
import { committedAt, isAncestor } from '../inspect.ts'
import { resolveCommits } from '../refs.ts'
import type { Repository } from '../repository.ts'
import { findByBlobs, type Tip } from './blob-index.ts'
import { type PreImage, preImageOf } from './pre-image.ts'

/** Applying is what costs: of all that could be tried, the best few. */
const maxTries = 3

/** With a repository of many branches the first of them have to do. */
const maxBranches = 20

/** Applies as `GitEngine.apply` says; a conflict is told with the older base on which there would be none. */
export async function applyOrLookBack(
  repository: Repository,
  request: ApplyRequest,
  signal: AbortSignal | undefined,
): Promise<Application> {
  const application = await applySeries(repository, request, 'keep', signal)
  if (application.outcome !== 'conflict' || request.olderBaseOn === undefined) {
    return application
  }
  const { conflict } = application
  const tips = await tipsOf(repository, request.olderBaseOn)
  const olderBase = await findOlderBase(repository, request, tips, signal)
  return { ...application, conflict: { ...conflict, olderBase } }
}

async function tipsOf(
  repository: Repository,
  branches: readonly RefName[],
): Promise<readonly Tip[]> {
  const named = branches.slice(0, maxBranches)
  const commits = await resolveCommits(repository, named)
  return named.flatMap((branch, index) => {
    const commit = commits[index] ?? null
    return commit === null ? [] : [{ branch, commit }]
  })
}

async function findOlderBase(
  repository: Repository,
  request: ApplyRequest,
  tips: readonly Tip[],
  signal: AbortSignal | undefined,
): Promise<OlderBase | null> {
  const baseAt = await committedAt(repository, request.base)
  const tried = new Set<Sha>([request.base])
  for await (const sha of candidates(repository, request, tips, signal)) {
    if (tried.has(sha) || tried.size > maxTries) {
      continue
    }
    const at = await committedAt(repository, sha)
    if (at > baseAt || (await isAncestor(repository, request.base, sha))) {
      continue
    }
    tried.add(sha)
    const trial = { ...request, base: sha, skipMerged: false }
    const { outcome } = await applySeries(repository, trial, 'trial', signal)
    if (outcome === 'applied') {
      return { sha, branch: await branchOf(repository, tips, sha), committedAt: at }
    }
  }
  return null
}

/**
 * Where the files of the series are as it expects them, or else those of them that were ever here, in the history of the base
 * and on the branches; then what the base's own line was when the first patch was written.
 */
async function* candidates(
  repository: Repository,
  { base, patches }: ApplyRequest,
  tips: readonly Tip[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Sha> {
  const read = await readMailPatches(repository, patches, signal)
  const whole = preImageOf(read.map(({ patch }) => patch))
  const dates = read.map(({ authoredAt }) => authoredAt)
  // Which branch it is on is asked when it has proven to serve.
  const own: Tip = { branch: 'HEAD' as RefName, commit: base }
  for (const preImage of [whole, await knownPart(repository, whole, signal)]) {
    for (const line of isSearchable(preImage) ? [[own], tips] : []) {
      const match = await findByBlobs(repository, line, preImage, dates, signal)
      if (match !== null) {
        yield match.commit
      }
    }
  }
  const before = await baseWhenWritten(repository, base, read, signal)
  if (before !== null) {
    yield before
  }
}

/** Without the files that this repository has never seen as the patches expect them. */
async function knownPart(
  repository: Repository,
  preImage: PreImage,
  signal: AbortSignal | undefined,
): Promise<PreImage> {
  const entries = [...preImage].filter(([, { kind }]) => kind === 'blob')
  const prefixes = entries.map(([, one]) => (one.kind === 'blob' ? one.prefix : ''))
  const found = await repository.names.find(prefixes, signal)
  return new Map(entries.filter((_, index) => found[index]?.type === 'blob'))
}

function isSearchable(preImage: PreImage): boolean {
  const names = [...preImage.keys()]
  return names.every(isPlainPath) && [...preImage.values()].some(({ kind }) => kind === 'blob')
}

async function baseWhenWritten(
  repository: Repository,
  base: Sha,
  patches: readonly MailPatch[],
  signal: AbortSignal | undefined,
): Promise<Sha | null> {
  const times = patches.flatMap(({ authoredAt }) => authoredAt?.getTime() ?? [])
  if (times.length === 0) {
    return null
  }
  const before = `--before=${Math.max(0, Math.floor(Math.min(...times) / 1000))}`
  const args = ['rev-list', '--first-parent', '--max-count=1', before, base]
  const sha = (await gitText(args, repository.view, signal)).trim()
  return sha === '' ? null : toSha(sha)
}

async function branchOf(
  repository: Repository,
  tips: readonly Tip[],
  commit: Sha,
): Promise<RefName | null> {
  for (const tip of tips) {
    if (await isAncestor(repository, commit, tip.commit)) {
      return tip.branch
    }
  }
  return null
}

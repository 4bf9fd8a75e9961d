import type { Application, AppliedCommit } from '../../../core/application.ts'
import { type Sha, toSha } from '../../../core/ids.ts'
import { gitText } from '../../cli/run-git.ts'
import type { ApplyRequest } from '../../git-engine.ts'
import { touchedPaths } from '../diff-files.ts'
import { keepPacksFew } from '../pack-upkeep.ts'
import type { Repository } from '../repository.ts'
import { type ApplyArea, inApplyArea, populate } from './apply-area.ts'
import { describeConflict } from './conflict.ts'
import { amOne } from './git-am.ts'
import { landObjects } from './land-objects.ts'
import { type MailPatch, readMailPatches } from './mail-patch.ts'
import { countMerged } from './merged-patches.ts'

/** `trial`: find out whether it applies, and keep nothing. */
export type ApplyPurpose = 'keep' | 'trial'

/** Applies a series as `GitEngine.apply` says; nothing is written to the repository unless all of it applies. */
export async function applySeries(
  repository: Repository,
  request: ApplyRequest,
  purpose: ApplyPurpose,
  signal: AbortSignal | undefined,
): Promise<Application> {
  return inApplyArea(repository, async (area) => {
    const patches = await readMailPatches(repository, request.patches, area.mailDir, signal)
    const merged = request.skipMerged
      ? await countMerged(repository, request.base, patches, signal)
      : 0
    const application = await applyInArea(area, request, patches, merged, signal)
    if (purpose === 'keep' && application.outcome === 'applied') {
      await landObjects(repository, area, signal)
      await keepPacksFew(repository, signal)
    }
    return application
  })
}

/** A patch and its commit; null where the tree had it already. */
interface Step {
  readonly patch: MailPatch
  readonly how: AppliedCommit['how']
  readonly sha: Sha | null
}

async function applyInArea(
  area: ApplyArea,
  request: ApplyRequest,
  patches: readonly MailPatch[],
  merged: number,
  signal: AbortSignal | undefined,
): Promise<Application> {
  const { base, committer } = request
  const rest = patches.slice(merged)
  const steps: Step[] = patches
    .slice(0, merged)
    .map((patch) => ({ patch, how: 'already-applied', sha: null }))
  await populate(area, base, touchedByAll(rest), signal)
  for (const patch of rest) {
    const result = await amOne(area, patch.file, committer, signal)
    if (result.outcome === 'refused') {
      const commits = await withTrees(area, base, steps, signal)
      const conflict = await describeConflict(area, patch, result, signal)
      return { outcome: 'conflict', commits, conflict }
    }
    steps.push(
      result.outcome === 'committed'
        ? { patch, how: result.how, sha: result.sha }
        : { patch, how: 'already-applied', sha: null },
    )
  }
  const commits = await withTrees(area, base, steps, signal)
  const head = steps.findLast((step) => step.sha !== null)?.sha ?? null
  const tree = commits.at(-1)?.tree ?? (await treeOf(area, base, signal))
  return head === null
    ? { outcome: 'empty', head: base, tree, commits }
    : { outcome: 'applied', head, tree, commits }
}

function touchedByAll(patches: readonly MailPatch[]): ReadonlySet<string> | null {
  const all = new Set<string>()
  for (const { patch } of patches) {
    const touched = touchedPaths(patch)
    if (touched === null) {
      return null
    }
    for (const name of touched) {
      all.add(name)
    }
  }
  return all
}

async function withTrees(
  area: ApplyArea,
  base: Sha,
  steps: readonly Step[],
  signal: AbortSignal | undefined,
): Promise<readonly AppliedCommit[]> {
  const commits: AppliedCommit[] = []
  const shas = [base, ...steps.flatMap((step) => step.sha ?? [])]
  const trees = await treesOf(area, shas, signal)
  let at = 0
  for (const { patch, how, sha } of steps) {
    at += sha === null ? 0 : 1
    const { number, messageId } = patch.mail
    commits.push({ number, messageId, sha, tree: trees[at] ?? base, how })
  }
  return commits
}

async function treeOf(area: ApplyArea, commit: Sha, signal: AbortSignal | undefined): Promise<Sha> {
  return toSha((await gitText(['rev-parse', `${commit}^{tree}`], area.location, signal)).trim())
}

async function treesOf(
  area: ApplyArea,
  commits: readonly Sha[],
  signal: AbortSignal | undefined,
): Promise<readonly Sha[]> {
  const input = commits.map((commit) => `${commit}^{tree}\n`).join('')
  const args = ['cat-file', '--batch-check=%(objectname)']
  const answer = await gitText(args, { ...area.location, input }, signal)
  return answer.trim().split('\n').map(toSha)
}

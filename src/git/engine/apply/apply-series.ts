import type { Application, AppliedCommit } from '../../../core/application.ts'
import { type Sha, toSha } from '../../../core/ids.ts'
import { gitText } from '../../cli/run-git.ts'
import type { ApplyRequest } from '../../git-engine.ts'
import { keepPacksFew } from '../pack-upkeep.ts'
import type { Repository } from '../repository.ts'
import { type ApplyArea, inApplyArea } from './apply-area.ts'
import { describeConflict } from './conflict.ts'
import { landObjects } from './land-objects.ts'
import { type MailPatch, readMailPatches } from './mail-patch.ts'
import { countMerged } from './merged-patches.ts'
import { rejectedHunks } from './rejected-hunks.ts'
import { runPatches, type Step, skipped } from './run-patches.ts'

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
    const application = await applyInArea(area, request, patches, merged, purpose, signal)
    if (purpose === 'keep' && application.outcome === 'applied') {
      await landObjects(repository, area, signal)
      await keepPacksFew(repository, signal)
    }
    return application
  })
}

async function applyInArea(
  area: ApplyArea,
  request: ApplyRequest,
  patches: readonly MailPatch[],
  merged: number,
  purpose: ApplyPurpose,
  signal: AbortSignal | undefined,
): Promise<Application> {
  const { base, committer } = request
  const had = patches.slice(0, merged).map((patch) => skipped(patch))
  const run = await runPatches(area, base, patches.slice(merged), committer, signal)
  const steps = [...had, ...run.steps]
  const commits = await withTrees(area, base, steps, signal)
  if (run.refused !== null) {
    const { patch } = run.refused
    const conflict = await describeConflict(area, patch, run.refused, signal)
    const hunks = purpose === 'keep' ? await rejectedHunks(area, patch, conflict.paths, signal) : []
    return { outcome: 'conflict', commits, conflict: { ...conflict, hunks, olderBase: null } }
  }
  const head = steps.findLast((step) => step.sha !== null)?.sha ?? null
  const tree = commits.at(-1)?.tree ?? (await treeOf(area, base, signal))
  return head === null
    ? { outcome: 'empty', head: base, tree, commits }
    : { outcome: 'applied', head, tree, commits }
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

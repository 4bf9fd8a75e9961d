import type { Application, AppliedCommit } from '../../../core/apply/application.ts'
import { type Sha, toSha } from '../../../core/ids.ts'
import { gitText } from '../../cli/run-git.ts'
import type { ApplyRequest } from '../../git-engine.ts'
import type { Repository } from '../repository.ts'
import { screenPatches } from '../screen/screen-patches.ts'
import { type ApplyArea, inApplyArea } from './apply-area.ts'
import { describeConflict } from './conflict.ts'
import { applyUnderstood, isSurelyNew, type OwnWork, understand } from './in-process.ts'
import { landObjects, landOwn, lendObjects } from './land-objects.ts'
import { type MailPatch, readMailPatches } from './mail-patch.ts'
import { countMerged } from './merged-patches.ts'
import { rejectedHunks } from './rejected-hunks.ts'
import { runDoubtful, runPatches, type Step, skipped } from './run-patches.ts'

/** `trial`: find out whether it applies, and keep nothing. */
export type ApplyPurpose = 'keep' | 'trial'

/**
 * Applies a series as `GitEngine.apply` says; nothing is written to the repository unless all of it applies. What this
 * process is sure of it does itself; from the first patch on that it is not, git does the rest.
 */
export async function applySeries(
  repository: Repository,
  request: ApplyRequest,
  purpose: ApplyPurpose,
  signal: AbortSignal | undefined,
): Promise<Application> {
  const { base, committer } = request
  const patches = await readMailPatches(repository, request.patches, signal)
  const refused = await screenPatches(repository, base, patches, signal)
  if (refused !== null) {
    return refused
  }
  const understood = await understand(repository, base, patches, signal)
  const isNew = !request.skipMerged || (understood !== null && isSurelyNew(understood))
  const merged = isNew ? 0 : await countMerged(repository, base, patches, signal)
  const own =
    understood !== null && merged === 0
      ? await applyUnderstood(repository, understood, patches, committer, signal)
      : { commits: [], head: base, objects: [], isNextDoubtful: false, conflict: null }
  const application =
    wholeOf(own, patches) ??
    (await applyRest(repository, request, { patches, merged, own, purpose }, signal))
  if (purpose === 'keep' && application.outcome === 'applied' && own.objects.length > 0) {
    await landOwn(repository, own.objects)
  }
  return application
}

/** Null where something is left to do. */
function wholeOf(
  { commits, head, conflict }: OwnWork,
  patches: readonly MailPatch[],
): Application | null {
  if (conflict !== null) {
    return { outcome: 'conflict', commits, conflict }
  }
  const last = commits.at(-1)
  if (last === undefined || commits.length < patches.length) {
    return null
  }
  const outcome = commits.some(({ sha }) => sha !== null) ? 'applied' : 'empty'
  return { outcome, head, tree: last.tree, commits }
}

interface Work {
  readonly patches: readonly MailPatch[]
  /** So many at the front are on the base already. */
  readonly merged: number
  readonly own: OwnWork
  readonly purpose: ApplyPurpose
}

/** Lets git go on where this process stopped. */
async function applyRest(
  repository: Repository,
  { base, committer }: ApplyRequest,
  { patches, merged, own, purpose }: Work,
  signal: AbortSignal | undefined,
): Promise<Application> {
  return inApplyArea(repository, async (area) => {
    await lendObjects(area, own.objects)
    const rest = patches.slice(merged + own.commits.length)
    const runRest = own.isNextDoubtful ? runDoubtful : runPatches
    const run = await runRest(area, own.head, rest, committer, signal)
    const had = patches.slice(0, merged).map((patch) => skipped(patch))
    const commits = [
      ...own.commits,
      ...(await withTrees(area, own.head, [...had, ...run.steps], signal)),
    ]
    if (run.refused !== null) {
      const { patch } = run.refused
      const conflict = await describeConflict(area, patch, run.refused, signal)
      const hunks =
        purpose === 'keep' ? await rejectedHunks(area, patch, conflict.paths, signal) : []
      return { outcome: 'conflict', commits, conflict: { ...conflict, hunks, olderBase: null } }
    }
    const head = commits.findLast((commit) => commit.sha !== null)?.sha ?? null
    const tree = commits.at(-1)?.tree ?? (await treeOf(area, base, signal))
    if (head === null) {
      return { outcome: 'empty', head: base, tree, commits }
    }
    if (purpose === 'keep') {
      await landObjects(repository, area, signal)
    }
    return { outcome: 'applied', head, tree, commits }
  })
}

async function withTrees(
  area: ApplyArea,
  base: Sha,
  steps: readonly Step[],
  signal: AbortSignal | undefined,
): Promise<readonly AppliedCommit[]> {
  if (steps.length === 0) {
    return []
  }
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

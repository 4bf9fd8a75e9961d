import { BotError } from '../../core/bot-error.ts'
import type { RefName, Sha } from '../../core/ids.ts'
import { mirrorTipRef, overlayMessage, overlayRef } from '../../core/pull-request/overlay.ts'
import type { RefUpdate } from '../../git/git-engine.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'

/** A base branch of the mirror, as it is now. */
interface Standing {
  readonly branch: RefName
  readonly actual: Sha
  /** Where upstream was when we last looked; null where nobody looked. */
  readonly before: Sha | null
}

/** Whether nothing of a person is lost when the branch moves: upstream's commits, or an overlay of ours on top of them. */
async function isOurs(
  { branch, actual, before }: Standing,
  { git, mirror }: ProjectPorts,
  { bot }: Pick<FlowPorts, 'bot'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (actual === before || actual === (await git.resolve(overlayRef(branch)))) {
    return true
  }
  if ((await git.resolve(actual)) === null) {
    await git.fetch(mirror, [{ from: branch, to: mirrorTipRef(branch) }], signal)
  }
  if ((await git.resolve(actual)) === null) {
    // It moved on since; the next round sees it.
    return false
  }
  const tip = await git.resolve(branch)
  return (
    (tip !== null && (await git.isAncestor(actual, tip))) ||
    (await git.isOverlay(actual, bot, overlayMessage))
  )
}

/**
 * Base branches of the mirror that hold what neither upstream nor we put there: they are left as they are. `branches` must have
 * been fetched.
 */
export async function foreignBranches(
  branches: readonly RefName[],
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'bot'>,
  signal: AbortSignal,
): Promise<readonly RefName[]> {
  const theirs = await project.git.remoteRefs(project.mirror, branches, signal)
  const foreign: RefName[] = []
  for (const branch of branches) {
    const actual = theirs.get(branch)
    if (
      actual !== undefined &&
      !(await isOurs({ branch, actual, before: null }, project, ports, signal))
    ) {
      foreign.push(branch)
    }
  }
  return foreign
}

/** The commit that the mirror's branch shall be at: upstream's tip with the files of the overlay on top. */
async function overlaid(
  branches: readonly RefName[],
  { git, overlay }: ProjectPorts,
  { bot }: Pick<FlowPorts, 'bot'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<RefName, Sha>> {
  const files = (await overlay?.(signal)) ?? []
  const made = new Map<RefName, Sha>()
  for (const branch of branches) {
    const parent = await git.resolve(branch)
    if (parent !== null) {
      const request = { parent, files, committer: bot, message: overlayMessage }
      made.set(branch, await git.overlay(request, signal))
    }
  }
  return made
}

/**
 * Moves the mirror's base branches to upstream's tips with the overlay on top, by force over what we pushed before and nothing
 * else. A branch that a person pushed to is left and said. `before`: upstream's tips until this round. A death in between is
 * mended by the next round, since the commits are the same and those of ours are known by what they are.
 */
export async function overlayBranches(
  branches: readonly RefName[],
  before: ReadonlyMap<RefName, Sha>,
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'bot' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const { git, mirror } = project
  const targets = await overlaid(branches, project, ports, signal)
  const theirs = await git.remoteRefs(mirror, branches, signal)
  const settled: { readonly ref: RefName; readonly target: Sha }[] = []
  const updates: RefUpdate[] = []
  for (const [branch, target] of targets) {
    const actual = theirs.get(branch) ?? null
    const standing = { branch, before: before.get(branch) ?? null }
    if (
      actual !== null &&
      actual !== target &&
      !(await isOurs({ ...standing, actual }, project, ports, signal))
    ) {
      const fields = { project: project.project.name, branch, commit: actual }
      ports.log.warn(fields, 'somebody pushed to a base branch of the mirror: it is left as it is')
      continue
    }
    const ref = overlayRef(branch)
    if ((await git.resolve(ref)) !== target) {
      settled.push({ ref, target })
    }
    if (actual !== target) {
      updates.push({ ref: branch, target, expected: actual })
    }
  }
  const pushed = updates.length === 0 ? null : await git.push(mirror, updates, signal)
  if (pushed?.outcome === 'refused') {
    const message = `the mirror refused the overlay (${pushed.reason}): ${pushed.output}`
    throw new BotError('FLOW_OVERLAY_REFUSED', message, { retry: 'later' })
  }
  if (settled.length > 0 && pushed?.outcome !== 'stale') {
    await git.updateRefs(settled)
  }
}

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { AppliedHow } from '../../../core/apply/application.ts'
import type { Sha } from '../../../core/ids.ts'
import type { Mailbox } from '../../../core/message.ts'
import { touchedPaths } from '../diff-files.ts'
import { type ApplyArea, emptyTree, populate } from './apply-area.ts'
import { amOne, amTogether } from './git-am.ts'
import type { MailPatch } from './mail-patch.ts'

/** A patch and its commit; null where the tree had it already. */
export interface Step {
  readonly patch: MailPatch
  readonly how: AppliedHow
  readonly sha: Sha | null
}

export interface PatchRun {
  /** One for every patch before the one that was refused. */
  readonly steps: readonly Step[]
  readonly refused: {
    readonly patch: MailPatch
    readonly stdout: string
    readonly stderr: string
  } | null
}

/**
 * Applies patches in order on `base`: all of them at once, and where that stops or is unclear, the rest one by one, so that
 * each is known by what git did with it and nothing else.
 */
export async function runPatches(
  area: ApplyArea,
  base: Sha,
  patches: readonly MailPatch[],
  committer: Mailbox,
  signal: AbortSignal | undefined,
): Promise<PatchRun> {
  if (patches.length === 0) {
    return { steps: [], refused: null }
  }
  await populate(area, base, touchedByAll(patches), signal)
  const files = await writeMails(area, patches)
  const together = files.length > 1 ? await amTogether(area, files, committer, signal) : []
  const steps: Step[] = []
  for (const [index, { sha, how }] of together.entries()) {
    const patch = patches[index]
    steps.push(...(patch === undefined ? [] : [{ patch, how, sha }]))
  }
  const rest = patches.slice(steps.length)
  if (files.length > 1 && rest.length > 0) {
    await emptyTree(area)
    await populate(area, steps.at(-1)?.sha ?? base, touchedByAll(rest), signal)
  }
  const restFiles = files.slice(steps.length)
  for (const [index, patch] of rest.entries()) {
    const file = restFiles[index] ?? ''
    const result = await amOne(area, file, committer, signal)
    if (result.outcome === 'refused') {
      return { steps, refused: { patch, stdout: result.stdout, stderr: result.stderr } }
    }
    steps.push(
      result.outcome === 'committed' ? { patch, how: result.how, sha: result.sha } : skipped(patch),
    )
  }
  return { steps, refused: null }
}

/** The same, where the first patch is likely to be refused: that is found out before the others are begun. */
export async function runDoubtful(
  area: ApplyArea,
  base: Sha,
  patches: readonly MailPatch[],
  committer: Mailbox,
  signal: AbortSignal | undefined,
): Promise<PatchRun> {
  const first = await runPatches(area, base, patches.slice(0, 1), committer, signal)
  const rest = patches.slice(1)
  if (first.refused !== null || rest.length === 0) {
    return first
  }
  await emptyTree(area)
  const head = first.steps.at(-1)?.sha ?? base
  const { steps, refused } = await runPatches(area, head, rest, committer, signal)
  return { steps: [...first.steps, ...steps], refused }
}

async function writeMails(
  area: ApplyArea,
  patches: readonly MailPatch[],
): Promise<readonly string[]> {
  const files: string[] = []
  for (const [index, { text }] of patches.entries()) {
    const file = path.join(area.mailDir, String(index))
    await writeFile(file, text, 'latin1')
    files.push(file)
  }
  return files
}

/** A patch that the tree had already. */
export function skipped(patch: MailPatch): Step {
  return { patch, how: 'already-applied', sha: null }
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

import type { Check } from '../../core/checks/check.ts'
import { type CommitLook, noLook } from '../../core/checks/commit-look.ts'
import { lastAttempts } from '../../core/checks/verdict.ts'
import type { Sha } from '../../core/ids.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'

/** What the forge said of one commit when it was last asked. */
export interface Seen {
  readonly checks: readonly Check[]
  readonly look: CommitLook
}

/** What makes a result another one than that which is stored. */
function factsOf({ origin, context, state, attempt, summary, targetUrl }: Check): string {
  return JSON.stringify([origin, context, state, attempt ?? 1, summary, targetUrl])
}

function isSame(one: Check, other: Check): boolean {
  return one.origin === other.origin && one.context === other.context
}

/**
 * Asks the forge for the checks of one commit and stores what it says: results in `checks`, and in `commitLook` when that was.
 * What our own tester said there comes back as a status, and is left out. Throws what the forge throws.
 */
export async function lookAtChecks(
  sha: Sha,
  stored: readonly Check[],
  before: CommitLook | null,
  { project, forge }: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  signal: AbortSignal,
  unwanted: readonly Check['origin'][] = [],
): Promise<Seen> {
  const found = await forge.listChecks(sha, signal, unwanted)
  const now = ports.clock()
  const theirs = lastAttempts(found.checks.filter((check) => check.sha === sha)).filter(
    ({ origin, context }) => origin !== 'commit-status' || context !== project.tests?.name,
  )
  const known = new Map(stored.map((check) => [factsOf(check), check]))
  const fresh = theirs.filter((check) => !known.has(factsOf(check)))
  const hasLost = stored.some((check) => !theirs.some((one) => isSame(one, check)))
  return ports.store.transaction(async (tx) => {
    const current = (await tx.commitLook(project.name, sha)) ?? noLook(project.name, sha)
    // A hint that came while the forge answered is about something newer.
    const isHintedAnew = current.dueAt?.getTime() !== before?.dueAt?.getTime()
    const isUnchanged = fresh.length === 0 && !hasLost && current.changedAt !== null
    const look: CommitLook = {
      ...current,
      lookedAt: now,
      changedAt: unwanted.length > 0 ? null : isUnchanged ? current.changedAt : now,
      dueAt: isHintedAnew ? current.dueAt : null,
      approvalUrl: found.approvalUrl,
    }
    for (const check of fresh) {
      await tx.saveCheck(check, null)
    }
    await tx.saveCommitLook(look)
    return { checks: theirs.map((check) => known.get(factsOf(check)) ?? check), look }
  })
}

/**
 * What the forge says of a commit that is nobody's head, such as a base: asked for once, and again only where it was not done, or
 * where of what is wanted now some was not asked for.
 */
export async function rememberedChecks(
  sha: Sha,
  isWorthAgain: (checks: readonly Check[], look: CommitLook) => boolean,
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  signal: AbortSignal,
  unwanted: readonly Check['origin'][] = [],
): Promise<readonly Check[]> {
  const { name } = project.project
  const { known, look } = await ports.store.read(async (reader) => ({
    known: await reader.checks(sha),
    look: await reader.commitLook(name, sha),
  }))
  const isWhole = look?.changedAt !== null
  const isAsked = look !== null && look.lookedAt !== null && (isWhole || unwanted.length > 0)
  if (!project.forge.capabilities.checks || (isAsked && !isWorthAgain(known, look))) {
    return known
  }
  const theirs = known.filter(({ origin }) => origin !== 'command')
  const seen = await lookAtChecks(sha, theirs, look, project, ports, signal, unwanted)
  return [...known.filter(({ origin }) => origin === 'command'), ...seen.checks]
}

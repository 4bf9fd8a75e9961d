import type { Sha } from '../ids.ts'

/** What was asked of a forge about the checks of one commit, and what is to be remembered of it. */
export interface CommitLook {
  readonly project: string
  readonly sha: Sha
  /** When the forge was last asked; null where it never was. */
  readonly lookedAt: Date | null
  /** When a look first showed what the last one shows; null where only a part was asked for. */
  readonly changedAt: Date | null
  /** Something hints at news: worth a look from then on. */
  readonly dueAt: Date | null
  /** Where a person lets CI begin; null where it needs none. */
  readonly approvalUrl: string | null
  /** When a verdict on it was final; null for a base, and while it is waited for. */
  readonly settledAt: Date | null
  /** Contexts that reported on the forge when it was settled; null where that tells nothing of other heads. */
  readonly contexts: readonly string[] | null
  /** From publishing to the last result; null where not all came. */
  readonly tookMs: number | null
}

/** Of a commit that nobody asked for yet. */
export function noLook(project: string, sha: Sha): CommitLook {
  return {
    project,
    sha,
    lookedAt: null,
    changedAt: null,
    dueAt: null,
    approvalUrl: null,
    settledAt: null,
    contexts: null,
    tookMs: null,
  }
}

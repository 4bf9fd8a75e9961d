import type { ReportKind } from '../project.ts'

/** The outcome of one version, as far as it tells whether that of the next is news. */
export interface Outcome {
  readonly version: string
  readonly kind: ReportKind
  /** Contexts of the checks that fail and do not fail on the base; null where they are not known any more. */
  readonly failedContexts: readonly string[] | null
}

function isGood({ kind }: Outcome): boolean {
  return kind === 'success' || kind === 'merged'
}

/**
 * Whether an outcome is another one than that of the version before: the first success after anything else, a failure
 * after a success, a conflict after a failure, a failure of other checks. Where nothing came before, what is good is
 * no news and what is not is.
 */
export function isNews(now: Outcome, before: Outcome | null): boolean {
  if (before === null) {
    return !isGood(now)
  }
  if (now.kind !== before.kind) {
    return !(isGood(now) && isGood(before))
  }
  if (now.kind !== 'failure') {
    return false
  }
  const [fresh, old] = [new Set(now.failedContexts), new Set(before.failedContexts)]
  return fresh.size !== old.size || [...fresh].some((context) => !old.has(context))
}

/** A clause that follows `because`. */
export function noNewsWords(before: Outcome | null): string {
  return before === null
    ? 'it is no change: no version before had another outcome'
    : `it is no change: version ${before.version} had the same outcome`
}

import type { RefName, Sha } from '../../../core/ids.ts'
import type { BaseRequest } from '../../git-engine.ts'
import type { Repository } from '../repository.ts'
import type { Tip } from './blob-index.ts'

/** What a rung works with. */
export interface LadderInput {
  readonly repository: Repository
  readonly request: BaseRequest
  /** The candidate branches that exist here, in order. */
  readonly tips: readonly Tip[]
  readonly signal: AbortSignal | undefined
}

/** One sentence, and the commit where the rung has one. */
export interface RungResult {
  readonly finding: string
  readonly found: { readonly base: Sha; readonly branch: RefName | null } | null
}

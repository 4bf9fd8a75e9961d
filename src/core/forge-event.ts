import type { Sha } from './ids.ts'

/** What a webhook hints at; the truth is asked for afterwards. */
export type ForgeEvent =
  | { readonly kind: 'checks-changed'; readonly repository: string; readonly sha: Sha }
  | {
      readonly kind: 'commented' | 'merged' | 'closed' | 'reopened'
      readonly repository: string
      readonly pullRequest: number
    }

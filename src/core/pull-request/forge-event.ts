import type { RefName, Sha } from '../ids.ts'

/** What a webhook hints at; the truth is asked for afterwards. */
export type ForgeHint =
  /** `isEnd`: something ended, so that a verdict may be due. */
  | { readonly kind: 'checks-changed'; readonly sha: Sha; readonly isEnd: boolean }
  /** Opened, closed, reopened, merged, edited, its head moved, or a label changed. */
  | { readonly kind: 'pull-request-changed'; readonly pullRequest: number }
  | { readonly kind: 'commented' | 'reviewed'; readonly pullRequest: number }
  | { readonly kind: 'pushed'; readonly ref: RefName }

/** One delivery of a webhook. */
export interface ForgeEvent {
  /** The forge's own id of the delivery: the same again is the same event. */
  readonly deliveryId: string
  /** `owner/name`, as the forge writes it. */
  readonly repository: string
  readonly hint: ForgeHint
}

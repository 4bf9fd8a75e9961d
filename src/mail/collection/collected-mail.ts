import type { Unreadable } from '../../core/quarantine.ts'

/** One thing that was found where mail was looked for. */
export type CollectedMail =
  | {
      readonly outcome: 'mail'
      readonly raw: Uint8Array
      /** Where a person finds it: path, `path:offset` in a mailbox (of the unpacked bytes), `path:commit` in git. */
      readonly location: string
    }
  | { readonly outcome: 'unreadable'; readonly reason: Unreadable; readonly location: string }

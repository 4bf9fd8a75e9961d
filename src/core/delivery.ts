import type { Sha } from './ids.ts'

/** Where a source resumes. Opaque to everything but the source. */
export type Cursor = string

/** One arrival of a mail, as a source yields it. */
export interface Delivery {
  readonly raw: Uint8Array
  /** Where to resume after this mail. Saved in the transaction that stores the mail. */
  readonly cursor: Cursor
  /** Where a person finds it: a path, with `:offset` inside a mailbox file. */
  readonly location: string
}

/** One arrival as the archive keeps it: bytes, and the commit message that tells where they came from. */
export interface ArchivedDelivery {
  readonly raw: Uint8Array
  /** Name of the source; `stdin`, `http` and `import` are sources too. */
  readonly source: string
  readonly location: string
  readonly arrivedAt: Date
  /** Imported silently: its series are known but neither tested nor reported. */
  readonly isSilent: boolean
}

/** One arrival that the archive is to keep. */
export interface NewDelivery extends ArchivedDelivery {
  /** What the archive's `blobOf` calls its bytes, where that is known: it is believed. */
  readonly blob?: Sha | undefined
}

/** Place of a delivery in the archive: epoch number and commit, `0:<sha>`. */
export type ArchivePosition = string

export interface ArchiveEntry {
  readonly position: ArchivePosition
  readonly commit: Sha
  /** Blob of the raw mail: the same bytes have the same blob. */
  readonly blob: Sha
}

/** Modes of files that a patch can name; folders have none, and submodules are left to git. */
export type FileMode = '100644' | '100755' | '120000'

/** Lines are byte strings that hold their newline; the last line of a file may lack it. */
export interface Hunk {
  /** Its `@@` line. */
  readonly header: string
  /** As the header says, from 1; 0 where the file had no lines. */
  readonly oldStart: number
  readonly newStart: number
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** Lines of context at its end. */
  readonly trailing: number
}

interface Common {
  /** Abbreviated names of the `index` line; null when absent. */
  readonly oldBlob: string | null
  readonly newBlob: string | null
  /** Null where the patch does not say. */
  readonly oldMode: FileMode | null
  readonly newMode: FileMode | null
  readonly hunks: readonly Hunk[]
}

/** What a patch does to one file. Paths are byte strings without the `a/` and `b/` in front. */
export type FileDiff = Common &
  (
    | { readonly kind: 'create'; readonly oldPath: null; readonly newPath: string }
    | { readonly kind: 'delete'; readonly oldPath: string; readonly newPath: null }
    | {
        readonly kind: 'modify' | 'rename' | 'copy'
        readonly oldPath: string
        readonly newPath: string
      }
  )

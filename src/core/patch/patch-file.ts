/** One file of a diff, as its header lines state it. */
export interface PatchFile {
  /** Path before, without the `a/` prefix; null for a new file. */
  readonly oldPath: string | null
  /** Path after, without the `b/` prefix; null for a deleted file. */
  readonly newPath: string | null
  /** Six octal digits such as `100644`; null when the diff does not say. */
  readonly oldMode: string | null
  readonly newMode: string | null
  /** Abbreviated blob names of the `index` line; null when absent or all zeros. */
  readonly oldBlob: string | null
  readonly newBlob: string | null
  readonly isBinary: boolean
}

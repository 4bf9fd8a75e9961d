import type { RefName } from '../ids.ts'

/** A file that is put on top of the mirror's base branches. */
export interface OverlayFile {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly mode: '100644' | '100755' | '120000'
  /** Of a symlink its target. */
  readonly content: Uint8Array
}

/** The same for ever: the commit of an overlay is known again by it. */
export const overlayMessage = `Add the CI files of this mirror

Patchferry puts them on top of each base branch of upstream, which does
not have them. Series are applied without them.
`

/** Where the overlaid tip of a base branch is kept on this machine; the branch itself is upstream's. */
export function overlayRef(branch: RefName): RefName {
  return branch.replace(/^refs\/heads\//, 'refs/overlay/') as RefName
}

/** Where the mirror's base branch is fetched to, to see whose commit it is. */
export function mirrorTipRef(branch: RefName): RefName {
  return branch.replace(/^refs\/heads\//, 'refs/mirror-tip/') as RefName
}

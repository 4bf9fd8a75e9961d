import { readDiffFiles } from '../diff-files.ts'

/** What a path has to be at the base: a blob by its abbreviated name, any file, or nothing. */
export type Expectation =
  | { readonly kind: 'blob'; readonly prefix: string }
  | { readonly kind: 'present' | 'absent' }

/** By path, a byte string. */
export type PreImage = ReadonlyMap<string, Expectation>

/**
 * What the base of a series must look like, from the `index` lines of its patches (byte strings, in order): of every
 * path only the first patch that touches it speaks of the base, the others speak of what came before them.
 */
export function preImageOf(patches: readonly string[]): PreImage {
  const expected = new Map<string, Expectation>()
  const touched = new Set<string>()
  function expectAt(path: string | null, expectation: Expectation): void {
    if (path !== null && !touched.has(path)) {
      expected.set(path, expectation)
    }
  }
  for (const patch of patches) {
    const files = readDiffFiles(patch)
    for (const { oldPath, newPath, oldBlob } of files) {
      expectAt(oldPath, oldBlob === null ? { kind: 'present' } : { kind: 'blob', prefix: oldBlob })
      if (newPath !== oldPath) {
        expectAt(newPath, { kind: 'absent' })
      }
    }
    for (const { oldPath, newPath } of files) {
      touched.add(oldPath ?? '').add(newPath ?? '')
    }
  }
  return expected
}

/** `found`: blob name at the path, null where there is none. */
export function isMet(expectation: Expectation, found: string | null): boolean {
  switch (expectation.kind) {
    case 'blob':
      return found?.startsWith(expectation.prefix) ?? false
    case 'present':
      return found !== null
    case 'absent':
      return found === null
  }
}

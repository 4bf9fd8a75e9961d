import type { PatchFile } from '../patch/patch-file.ts'
import { anyGlob } from '../path-glob.ts'

/** What every forge's CI reads, whatever the project adds. */
export const forgeCiPaths = ['.github/**', '.gitea/**', '.forgejo/**'] as const

const kinds: Readonly<Record<string, string>> = { '120000': 'a symlink', '160000': 'a submodule' }

function describe(path: string, file: PatchFile): string {
  const kind = kinds[file.newMode ?? ''] ?? kinds[file.oldMode ?? '']
  return kind === undefined ? path : `${path} (${kind})`
}

/**
 * The paths of `files`, old and new names, that CI reads: those of the forges and the globs given (`anyGlob`). Sorted,
 * each once.
 */
export function ciPathsTouched(
  files: readonly PatchFile[],
  globs: readonly string[],
): readonly string[] {
  const isRead = anyGlob([...forgeCiPaths, ...globs])
  const touched = new Set<string>()
  for (const file of files) {
    for (const path of [file.oldPath, file.newPath]) {
      if (path !== null && isRead(path)) {
        touched.add(describe(path, file))
      }
    }
  }
  return [...touched].sort()
}

/** The sentence that says why a change of this path holds a series. */
export function ciHold(path: string): string {
  return `it changes ${path}, which CI reads`
}

/** The rule behind a hold of the trust gate, for `explain`. */
export function holdRule(holds: readonly string[]): 'ci-paths' | 'unknown-sender' {
  return holds.some((hold) => hold.endsWith(', which CI reads')) ? 'ci-paths' : 'unknown-sender'
}

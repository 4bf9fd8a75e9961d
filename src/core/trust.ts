import type { PatchFile } from './patch-file.ts'

/** What every forge's CI reads, whatever the project adds. */
export const forgeCiPaths = ['.github/**', '.gitea/**', '.forgejo/**'] as const

function toPattern(glob: string): RegExp {
  const source = glob.replace(/\*\*\/|\/\*\*$|\*\*|[*?]|[.+^${}()|[\]\\]/g, (token) => {
    switch (token) {
      case '**/':
        return '(?:.*/)?'
      case '/**':
        return '(?:/.*)?'
      case '**':
        return '.*'
      case '*':
        return '[^/]*'
      case '?':
        return '[^/]'
      default:
        return `\\${token}`
    }
  })
  return new RegExp(`^${source}$`, 'i')
}

const kinds: Readonly<Record<string, string>> = { '120000': 'a symlink', '160000': 'a submodule' }

function describe(path: string, file: PatchFile): string {
  const kind = kinds[file.newMode ?? ''] ?? kinds[file.oldMode ?? '']
  return kind === undefined ? path : `${path} (${kind})`
}

/**
 * The paths of `files`, old and new names, that CI reads: those of the forges and the globs given (`*`, `?`,
 * `**`; `dir/**` is `dir` itself too, so that a symlink or submodule in its place counts). Letter case is not
 * told apart, because some checkouts do not. Sorted, each once.
 */
export function ciPathsTouched(
  files: readonly PatchFile[],
  globs: readonly string[],
): readonly string[] {
  const patterns = [...forgeCiPaths, ...globs].map(toPattern)
  const touched = new Set<string>()
  for (const file of files) {
    for (const path of [file.oldPath, file.newPath]) {
      if (path !== null && patterns.some((pattern) => pattern.test(path))) {
        touched.add(describe(path, file))
      }
    }
  }
  return [...touched].sort()
}

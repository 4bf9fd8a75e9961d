function toPattern(glob: string, flags: string): RegExp {
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
  return new RegExp(`^${source}$`, flags)
}

/**
 * Whether one of these globs matches a path: `*`, `?` within a name, `**` over folders; `dir/**` is `dir` itself too, so
 * that a symlink or submodule in its place counts. Letter case is not told apart, because some checkouts do not.
 */
export function anyGlob(globs: readonly string[]): (path: string) => boolean {
  const patterns = globs.map((glob) => toPattern(glob, 'i'))
  return (path) => patterns.some((pattern) => pattern.test(path))
}

/**
 * Whether the last of these globs that matches a path takes it: as `anyGlob`, but with letter case, with `dir/` for
 * everything below `dir` as in a MAINTAINERS file, and with `!` before a glob for what is left out again.
 */
export function lastGlob(globs: readonly string[]): (path: string) => boolean {
  const patterns = globs.map((glob) => {
    const isTaken = !glob.startsWith('!')
    const plain = isTaken ? glob : glob.slice(1)
    return { isTaken, pattern: toPattern(plain.endsWith('/') ? `${plain}**` : plain, '') }
  })
  return (path) => patterns.findLast(({ pattern }) => pattern.test(path))?.isTaken ?? false
}

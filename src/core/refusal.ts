export type RefusalKind =
  /** A path through `.git`, which git never writes. */
  | 'path-git'
  /** A path that leads out of the project. */
  | 'path-outside'
  /** A path behind a symbolic link. */
  | 'path-symlink'
  | 'no-author'
  /** `Binary files differ`: the content is not in the mail. */
  | 'binary-left-out'
  | 'no-diff'

/** Why git takes such a patch on no base. */
export interface Refusal {
  readonly kind: RefusalKind
  /** The path that it is about; null where it is about none. */
  readonly path: string | null
}

/** git's own words (2.39 to 2.47, `LC_ALL=C`). The first that is found counts. */
const sayings: readonly (readonly [RegExp, RefusalKind])[] = [
  [/^error: invalid path '(?<path>[^\n]*)'$/m, 'path-git'],
  [/^error: affected file '(?<path>[^\n]*)' is beyond a symbolic link$/m, 'path-symlink'],
  [
    /^fatal: empty ident name|^fatal: (?:name consists only of disallowed characters|unable to detect email)|^error: invalid ident line/m,
    'no-author',
  ],
  [
    /^error: cannot apply binary patch to '(?<path>[^\n]*)' without full index line$/m,
    'binary-left-out',
  ],
  [/^(?:error: No valid patches in input|Patch is empty\.)/m, 'no-diff'],
]

/** Reads what git said of a patch that it refused; null where rebasing may help. */
export function readRefusal(output: string): Refusal | null {
  for (const [pattern, kind] of sayings) {
    const found = pattern.exec(output)
    if (found !== null) {
      const path = found.groups?.['path'] ?? null
      const isOutside = kind === 'path-git' && path !== null && !/(?:^|\/)\.git(?:\/|$)/i.test(path)
      return { kind: isOutside ? 'path-outside' : kind, path }
    }
  }
  return null
}

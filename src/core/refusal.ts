/** What we refuse ourselves, whatever git would do. */
export type OwnRefusalKind =
  | 'path-git'
  /** A new name with control characters. */
  | 'path-control'
  /** Longer than file systems take. */
  | 'path-long'
  /** Absolute on Windows. */
  | 'path-absolute'
  /** It leads out of the project: on Windows, where git itself would take it. */
  | 'path-outside'
  /** `.gitmodules` that has git run something, or leave its folder. */
  | 'submodule'
  /** `.gitattributes` that git does not read. */
  | 'attributes'
  /** A file with the mode of a folder. */
  | 'folder-mode'
  /** It unpacks, or adds up, to more than any honest patch. */
  | 'too-large'

export type RefusalKind =
  /** A path through `.git`, which git never writes. */
  | 'path-git'
  /** A path behind a symbolic link. */
  | 'path-symlink'
  | OwnRefusalKind
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

const ownWords: Readonly<Record<OwnRefusalKind, string>> = {
  'path-git': 'path into .git',
  'path-control': 'control character in path',
  'path-long': 'path too long',
  'path-absolute': 'absolute path',
  'path-outside': 'path out of the project',
  submodule: 'unsafe submodule settings in',
  attributes: 'unusable attributes in',
  'folder-mode': 'mode of a folder for',
  'too-large': 'patch too large at',
}

const longestPath = 200

/** The line in which a patch is refused, as `Conflict.output` has it; no byte of a path reaches a terminal as it is. */
export function refusalText(kind: OwnRefusalKind, path: string, detail: string): string {
  const shown = path.length > longestPath ? `${path.slice(0, longestPath)}...` : path
  const quoted = JSON.stringify(shown)
    .slice(1, -1)
    .replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
  return `error: ${ownWords[kind]} '${quoted}': ${detail}`
}

const ownSayings = Object.entries(ownWords).map(
  ([kind, words]) =>
    [new RegExp(`^error: ${words} '(?<path>[^\\n]*)': `, 'm'), kind as OwnRefusalKind] as const,
)

/** git's own words (2.39 to 2.47, `LC_ALL=C`). The first that is found counts. */
const sayings: readonly (readonly [RegExp, RefusalKind])[] = [
  ...ownSayings,
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
      const isOutside =
        found[0].startsWith('error: invalid path') &&
        path !== null &&
        !/(?:^|\/)\.git(?:\/|$)/i.test(path)
      return { kind: isOutside ? 'path-outside' : kind, path }
    }
  }
  return null
}

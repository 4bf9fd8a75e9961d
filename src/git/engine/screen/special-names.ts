/** A name in a tree that some file system takes for `.git` (is_hfs_dotgit and is_ntfs_dotgit in git). */
export function isDotGit(name: string): boolean {
  return /^(?:\.git|git~1)$/.test(asFileSystemsRead(name))
}

/** The same of `.gitmodules`. */
export function isGitmodules(name: string): boolean {
  return isTakenFor(asFileSystemsRead(name), 'gitmodules', 'gi7eba')
}

/** The same of `.gitattributes`. */
export function isGitattributes(name: string): boolean {
  return isTakenFor(asFileSystemsRead(name), 'gitattributes', 'gi7d29')
}

/** NTFS shortens a name to its first six letters, or to a hash where four others have that already (is_ntfs_dot_generic in git). */
function isTakenFor(name: string, word: string, hashed: string): boolean {
  if (name === `.${word}`) {
    return true
  }
  const short = /^(?<start>[^~]*)~(?<number>[1-9]\d*)$/.exec(name)?.groups
  const { start = '', number = '' } = short ?? {}
  return start === word.slice(0, 6)
    ? /^[1-4]$/.test(number)
    : short !== undefined && name.length === 8 && hashed.startsWith(start)
}

/** HFS+ ignores some characters, NTFS what follows: blanks, dots, a stream. */
function asFileSystemsRead(name: string): string {
  return name
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
    .toLowerCase()
    .replace(/[ .]*(?::.*)?$/, '')
}

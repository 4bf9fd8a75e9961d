/**
 * True for a path (byte string) that git takes into an index on every file system, whatever the mode of the file. It is
 * narrower than git's own rule (`verify_path` in read-cache.c): what fails here is left to git, which says why it refuses.
 */
export function isSafePath(path: string): boolean {
  return !path.split('').some(isOddByte) && path.split('/').every(isSafeName)
}

function isOddByte(byte: string): boolean {
  return byte < ' ' || byte === '\x7f' || byte === '\\'
}

/**
 * `.git` has many spellings: in capitals, with a tail of dots, blanks or a stream (NTFS), as `git~1` (FAT), with
 * characters in it that HFS+ ignores. A letter after `.git` makes it another name in all of them.
 */
function isSafeName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') {
    return false
  }
  const ascii = name.replace(/[\x80-\xff]/g, '').toLowerCase()
  if (ascii.startsWith('git~')) {
    return false
  }
  return (
    !ascii.startsWith('.git') || (/^\.git[a-z]/i.test(name) && !ascii.startsWith('.gitmodules'))
  )
}

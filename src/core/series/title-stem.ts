import { readSubject } from './subject.ts'

/**
 * The key by which titles are the same for a person: without bracket prefixes, reply marks and a `(v2)` at the end,
 * lower case, only letters, digits and signs with meaning, single spaces. `net: Fix  foo-bar.` -> `net fix foo bar`.
 */
export function titleStem(name: string): string {
  const { title } = readSubject(name)
  const isAscii = /^[ -~]*$/.test(title)
  return (isAscii ? title : title.normalize('NFKC'))
    .toLowerCase()
    .replace(/\(v\d+\)\s*$/, '')
    .replace(isAscii ? /[^a-z0-9+#%*=<>]+/g : /[^\p{L}\p{M}\p{N}+#%*=<>]+/gu, ' ')
    .trim()
}

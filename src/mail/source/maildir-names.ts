/** The name of a file as its bytes, each one character (latin1): names need not be UTF-8. */
export type RawName = string

const mark = 'maildir'

/** The cursor of a Maildir: names of the files that were given out and are not settled yet, escaped. */
export function encodeNames(names: readonly RawName[]): string {
  return [mark, ...names.map(escapeName)].join(' ')
}

/** The names of a cursor; none where it is of another kind of source. */
export function decodeNames(cursor: string): readonly RawName[] {
  const [first, ...names] = cursor.split(' ')
  return first === mark ? names.map(unescapeName) : []
}

function escapeName(name: RawName): string {
  return name.replaceAll(
    /[^!-$&-~]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

function unescapeName(text: string): RawName {
  return text.replaceAll(/%([0-9a-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
}

/** Without the flags that readers add: `unique:2,S` is `unique` (maildir(5)). */
export function uniquePart(name: RawName): RawName {
  const at = name.lastIndexOf(':2,')
  return at === -1 ? name : name.slice(0, at)
}

/** The name under which a file lies in `cur`. */
export function curName(name: RawName): RawName {
  return name.includes(':2,') ? name : `${name}:2,`
}

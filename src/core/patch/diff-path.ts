/** What a letter stands for after a backslash in a name that git quotes. */
export const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  '"': '"',
  '\\': '\\',
}

const quoted = /"(?:[^"\\]|\\(?:[abtnvfr"\\]|[0-3][0-7]{2}))*"/y

/** A C-style quoted name at `from` of a byte string, unquoted, and where it ends; null when there is none. */
export function readQuoted(
  text: string,
  from: number,
): { readonly name: string; readonly end: number } | null {
  quoted.lastIndex = from
  const found = quoted.exec(text)?.[0]
  if (found === undefined) {
    return null
  }
  const name = found
    .slice(1, -1)
    .replace(/\\(?:[0-3][0-7]{2}|.)/g, (escape) =>
      escape.length === 4
        ? String.fromCharCode(Number.parseInt(escape.slice(1), 8))
        : (escapes[escape.slice(1)] ?? ''),
    )
  return { name, end: from + found.length }
}

/** Bytes to text: UTF-8, or Latin-1 where they are none. */
export function decodePath(bytes: string): string {
  if (!/[\0\x80-\xff]/.test(bytes)) {
    return bytes
  }
  const text = Buffer.from(bytes, 'latin1').toString('utf8')
  const isUtf8 = !text.includes('\ufffd') || bytes.includes('\xef\xbf\xbd')
  return (isUtf8 ? text : bytes).replaceAll('\0', '\ufffd')
}

/** Without the first component, `a/` or whatever stands there, as `git am` strips it; whole where it has only one. */
export function stripFirst(path: string): string {
  const at = path.indexOf('/')
  return at === -1 ? path : path.slice(at + 1).replace(/^\/+/, '')
}

/** The path of a `--- ` or `+++ ` line, what precedes it cut off; null for /dev/null. */
export function markerPath(rest: string): string | null {
  const unquoted = readQuoted(rest, 0)
  if (unquoted !== null) {
    return decodePath(stripFirst(unquoted.name))
  }
  const tab = rest.indexOf('\t')
  const name = (tab === -1 ? rest : rest.slice(0, tab))
    .replace(/ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^\n]*$/, '')
    .replace(/[ \r\n]+$/, '')
  return name === '/dev/null' ? null : decodePath(stripFirst(name))
}

/** The path of a `rename from` line and its like, which has no prefix. */
export function plainPath(rest: string): string {
  return decodePath(readQuoted(rest, 0)?.name ?? rest.replace(/[\r\n]+$/, ''))
}

/**
 * The one path of a `diff --git` line, `diff --git ` cut off. Such a line is unambiguous only where both names are
 * the same; where they differ, other header lines name them, and this gives null.
 */
export function sharedPath(rest: string): string | null {
  const line = rest.replace(/[\r\n]+$/, '')
  const first = readQuoted(line, 0)
  if (first !== null) {
    const second = readQuoted(line, first.end + 1)?.name ?? line.slice(first.end + 1)
    return samePath(first.name, second)
  }
  const quote = line.indexOf(' "')
  if (quote !== -1) {
    const second = readQuoted(line, quote + 1)
    return second === null ? null : samePath(line.slice(0, quote), second.name)
  }
  // Equal names behind one-letter prefixes stand around the middle of the line; others are tried one by one.
  const middle = (line.length - 1) / 2
  if (Number.isInteger(middle) && line[middle] === ' ') {
    const path = samePath(line.slice(0, middle), line.slice(middle + 1))
    if (path !== null) {
      return path
    }
  }
  for (let at = line.indexOf(' '); at !== -1 && at < 4096; at = line.indexOf(' ', at + 1)) {
    const path = samePath(line.slice(0, at), line.slice(at + 1))
    if (path !== null) {
      return path
    }
  }
  return null
}

function samePath(before: string, after: string): string | null {
  const path = stripFirst(before)
  return path !== '' && path === stripFirst(after) ? decodePath(path) : null
}

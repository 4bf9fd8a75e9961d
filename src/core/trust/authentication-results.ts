/** What one server found out about a mail (RFC 8601). */
export interface AuthenticationResults {
  /** The server that says so, in lower case. */
  readonly authservId: string
  readonly results: readonly {
    /** In lower case, such as `dkim`. */
    readonly method: string
    /** In lower case, such as `pass`. */
    readonly result: string
    /** Such as `header.d`, names in lower case. */
    readonly properties: ReadonlyMap<string, string>
  }[]
}

const longest = 20_000

/** One character, and whether it is structure: not in a comment, which is dropped, nor in quotes, which are. */
interface Piece {
  readonly text: string
  readonly isQuoted: boolean
}

/** Null where quotes or comments do not end. */
function readPieces(value: string): readonly Piece[] | null {
  const pieces: Piece[] = []
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at] ?? ''
    const isEscape = character === '\\' && (isQuoted || depth > 0)
    if (isEscape) {
      at += 1
      if (depth === 0) {
        pieces.push({ text: value[at] ?? '', isQuoted: true })
      }
    } else if (isQuoted) {
      isQuoted = character !== '"'
      if (isQuoted) {
        pieces.push({ text: character, isQuoted: true })
      }
    } else if (character === '(') {
      depth += 1
    } else if (character === ')' && depth > 0) {
      depth -= 1
      pieces.push({ text: ' ', isQuoted: false })
    } else if (depth === 0 && character === '"') {
      isQuoted = true
    } else if (depth === 0) {
      pieces.push({ text: character, isQuoted: false })
    }
  }
  return depth > 0 || isQuoted ? null : pieces
}

/** Cuts at each unquoted separator. */
function split(pieces: readonly Piece[], separator: RegExp): readonly (readonly Piece[])[] {
  const parts: Piece[][] = [[]]
  for (const piece of pieces) {
    if (!piece.isQuoted && separator.test(piece.text)) {
      parts.push([])
    } else {
      parts.at(-1)?.push(piece)
    }
  }
  return parts
}

function textOf(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join('')
}

function isSpace(piece: Piece | undefined): boolean {
  return piece !== undefined && !piece.isQuoted && /\s/.test(piece.text)
}

function isSign(piece: Piece | undefined): boolean {
  return piece !== undefined && !piece.isQuoted && /[=.@/]/.test(piece.text)
}

/** `a = b` is `a=b`: white space may stand around the sign. */
function withoutGaps(pieces: readonly Piece[]): readonly Piece[] {
  const kept: Piece[] = []
  for (const [at, piece] of pieces.entries()) {
    const next = pieces.slice(at).find((one) => !isSpace(one))
    if (!isSpace(piece) || !(isSign(kept.at(-1)) || isSign(next))) {
      kept.push(piece)
    }
  }
  return kept
}

function readPair(word: readonly Piece[]): readonly [name: string, value: string] | null {
  const at = word.findIndex((piece) => !piece.isQuoted && piece.text === '=')
  return at <= 0 ? null : [textOf(word.slice(0, at)).toLowerCase(), textOf(word.slice(at + 1))]
}

/** Reads the value of one `Authentication-Results` field; null where it is none. */
export function parseAuthenticationResults(value: string): AuthenticationResults | null {
  const pieces = value.length > longest ? null : readPieces(value)
  if (pieces === null) {
    return null
  }
  const [head = [], ...rest] = split(pieces, /;/)
  const [id = [], version] = split(head, /\s/).filter((word) => word.length > 0)
  const isKnown = version === undefined || textOf(version) === '1'
  if (id.length === 0 || !isKnown) {
    return null
  }
  return {
    authservId: textOf(id).toLowerCase(),
    results: rest.flatMap((part) => {
      const words = split(withoutGaps(part), /\s/).filter((word) => word.length > 0)
      const pairs = words.flatMap((word) => {
        const pair = readPair(word)
        return pair === null ? [] : [pair]
      })
      const [first, ...properties] = pairs
      return first === undefined
        ? []
        : [
            {
              method: first[0].split('/')[0] ?? '',
              result: first[1].toLowerCase(),
              properties: new Map(properties),
            },
          ]
    }),
  }
}

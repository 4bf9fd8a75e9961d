/** What one pair of brackets in front of a title states. */
export interface SubjectBracket {
  /** A counter, or a word that says patch. */
  readonly namesPatch: boolean
  readonly version: { readonly version: number; readonly minor: number } | null
  readonly counter: { readonly number: number; readonly total: number } | null
  readonly prefixes: readonly string[]
}

type Piece =
  | { readonly kind: 'patch' }
  | { readonly kind: 'prefix'; readonly text: string }
  | {
      readonly kind: 'version'
      readonly version: number
      readonly minor: number
      readonly text: string
    }
  | { readonly kind: 'counter'; readonly number: number; readonly total: number }

const patchWord = /^PATCH(?:SET)?(?=$|[^A-Za-z]|v\.?\d)/i
const noteWord = /^(?:RFC|RESEND|REPOST|RFT|WIP|PULL)(?=$|[^A-Za-z]|v\.?\d)/i
const versionWord = /^v\.?(?<version>\d{1,4})(?:\.(?<minor>\d{1,4}))?(?![\w.])/i
/** At most four digits, as b4 reads them: a larger total would be a list of missing numbers without end. */
const counterWord = /^(?<number>\d{1,4})\/(?<total>\d{1,4})(?![\w/.])/

function firstPiece(text: string): { readonly piece: Piece; readonly length: number } | null {
  const patch = patchWord.exec(text)
  if (patch !== null) {
    return { piece: { kind: 'patch' }, length: patch[0].length }
  }
  const note = noteWord.exec(text)
  if (note !== null) {
    return { piece: { kind: 'prefix', text: note[0] }, length: note[0].length }
  }
  const version = versionWord.exec(text)
  if (version !== null) {
    const major = Number(version.groups?.['version'])
    const minor = Number(version.groups?.['minor'] ?? 0)
    const piece = { kind: 'version', version: major, minor, text: version[0] } as const
    return { piece, length: version[0].length }
  }
  const counter = counterWord.exec(text)
  if (counter !== null) {
    const number = Number(counter.groups?.['number'])
    const total = Number(counter.groups?.['total'])
    return { piece: { kind: 'counter', number, total }, length: counter[0].length }
  }
  return null
}

/** Takes a glued word such as `RFC/PATCHv3` or `PATCH-v4` apart; a word with any other part stays whole. */
function readWord(word: string): readonly Piece[] {
  const pieces: Piece[] = []
  let rest = word
  while (rest !== '') {
    const found = firstPiece(rest)
    if (found === null) {
      return [{ kind: 'prefix', text: word }]
    }
    pieces.push(found.piece)
    rest = rest.slice(found.length).replace(/^[-_.:#/()]+/, '')
  }
  return pieces
}

/** Of `v5.4 v2` (a stable branch and a reroll) the whole number is the version, else the last one is. */
function chooseVersion(pieces: readonly Piece[]): Piece | undefined {
  const versions = pieces.flatMap((piece) => (piece.kind === 'version' ? [piece] : []))
  return versions.findLast((piece) => !piece.text.includes('.', 2)) ?? versions.at(-1)
}

/** Reads the words between one pair of brackets. */
export function readBracket(text: string): SubjectBracket {
  const words = text
    .replace(/(?<![\w.])(\d{1,4}) of (\d{1,4})(?![\w.])/g, '$1/$2')
    .split(/[\s,;|[\]]+/)
    .map((word) => word.replace(/^[(#]+|[):]+$/g, ''))
    .filter((word) => word !== '')
  const pieces = words.flatMap(readWord)
  const version = chooseVersion(pieces)
  const counter = pieces.findLast((piece) => piece.kind === 'counter')
  return {
    namesPatch: counter !== undefined || pieces.some((piece) => piece.kind === 'patch'),
    version: version?.kind === 'version' ? version : null,
    counter: counter?.kind === 'counter' ? counter : null,
    prefixes: pieces.flatMap((piece) =>
      piece.kind === 'prefix' || (piece.kind === 'version' && piece !== version)
        ? [piece.text]
        : [],
    ),
  }
}

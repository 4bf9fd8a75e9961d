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

/** What may follow a word that is glued to the next: `PATCHv2`, `RFCPATCH`, `v2PATCH1/4`. */
const glue = '(?=$|[^A-Za-z]|v\\.?\\d|PATCH|RFC|RESEND|REPOST)'
const patchWord = new RegExp(`^PATCH(?:SET)?${glue}`, 'i')
const noteWord = new RegExp(`^(?:RFC|RESEND|REPOST|RFT|WIP|PULL)${glue}`, 'i')
/** `v2`, `v5.1`, `V.2`, and what people write instead: `ver2`, `version2`, `rev2`, `take2`, `r2`. */
const versionWord =
  /^(?:v(?:er(?:sion)?)?|rev(?:ision)?|take|round|r(?=\d{1,2}(?!\d)))\.?(?<version>\d{1,4})(?:\.(?<minor>\d{1,4}))?(?=$|[^A-Za-z0-9.]|PATCH|RFC|RESEND|REPOST)/i
/** `PATCHv21/2` is v2 1/2. */
const gluedVersion = /^v(?<version>\d{1,2}?)(?=(?<number>\d{1,4})\/(?<total>\d{1,4})(?!\d))/i
/** At most four digits, as b4 reads them: a larger total would be a list of missing numbers without end. */
const counterWord = /^(?<number>\d{1,4})\/(?<total>\d{1,4})(?=v\.?\d|$|[^\w/.])/i

function firstPiece(text: string): { readonly piece: Piece; readonly length: number } | null {
  const patch = patchWord.exec(text)
  if (patch !== null) {
    return { piece: { kind: 'patch' }, length: patch[0].length }
  }
  const note = noteWord.exec(text)
  if (note !== null) {
    return { piece: { kind: 'prefix', text: note[0] }, length: note[0].length }
  }
  const version = versionBeforeCounter(text) ?? versionWord.exec(text)
  if (version !== null) {
    return versionPiece(version)
  }
  const counter = counterWord.exec(text)
  if (counter !== null) {
    const number = Number(counter.groups?.['number'])
    const total = Number(counter.groups?.['total'])
    return { piece: { kind: 'counter', number, total }, length: counter[0].length }
  }
  return null
}

function versionBeforeCounter(text: string): RegExpExecArray | null {
  const glued = gluedVersion.exec(text)
  return Number(glued?.groups?.['number']) <= Number(glued?.groups?.['total']) ? glued : null
}

function versionPiece(found: RegExpExecArray): { readonly piece: Piece; readonly length: number } {
  const [text] = found
  const minor = found.groups?.['minor'] ?? ''
  // `v5.10` names a stable branch: nobody rerolls a part of one version ten times.
  const piece: Piece =
    minor.length > 1
      ? { kind: 'prefix', text }
      : {
          kind: 'version',
          version: Number(found.groups?.['version']),
          minor: Number(minor),
          text,
        }
  return { piece, length: text.length }
}

/** Takes a glued word such as `RFC/PATCHv3` or `PATCH-v4` apart; a word with any other part stays whole. */
function readWord(word: string): readonly Piece[] {
  const pieces: Piece[] = []
  let rest = word.replace(/^-+/, '')
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

/** What git itself writes, and nearly all brackets hold. */
const plainBracket = /^PATCH(?: v([1-9]\d?))?(?: (\d{1,4})\/(\d{1,4}))?$/

/** Reads the words between one pair of brackets. */
export function readBracket(text: string): SubjectBracket {
  const plain = plainBracket.exec(text)
  if (plain !== null) {
    const [, version, number, total] = plain
    return {
      namesPatch: true,
      version: version === undefined ? null : { version: Number(version), minor: 0 },
      counter: number === undefined ? null : { number: Number(number), total: Number(total) },
      prefixes: [],
    }
  }
  const words = text
    .replace(/(?<![\d.])(\d{1,4}) of (\d{1,4})(?![\w.])/gi, '$1/$2')
    .replace(/\b(v(?:er(?:sion)?)?|rev(?:ision)?|take|round)[ .]+(\d{1,4})(?![\w/.])/gi, '$1$2')
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

import { readBracket, type SubjectBracket } from './subject-words.ts'

/** What the subject of a patch mail states. */
export interface PatchSubject {
  /** It answers or forwards another mail, in whatever language its mail program speaks. */
  readonly isReply: boolean
  readonly version: number
  /** True when a version was written, `v1` included. */
  readonly statesVersion: boolean
  /** 1 of `v5.1`, else 0. */
  readonly minor: number
  /** Null where no counter is written. */
  readonly number: number | null
  /** Null where no counter is written. */
  readonly total: number | null
  /** Bracket words without PATCH, version and counter, in order. */
  readonly prefixes: readonly string[]
  readonly title: string
}

/** What any subject states; without a counter or a word such as PATCH it names no patch. */
export interface MailSubject extends PatchSubject {
  readonly namesPatch: boolean
}

/** Case matters: `tr: fix` and `vs: fix` are titles of patches to subsystems. */
const replyWords =
  /^(?:R[Ee]|re|A[Ww]|Antw|ANTW|S[Vv]|V[Ss]|R[Vv]|R[Ee][Ss]|R[Ii][Ff]|O[Dd][Pp]|Y[Nn][Tt]|Fwd?|FWD?|fwd?|W[Gg]|T[Rr]|E[Nn][Cc]|Doorst|V[Bb]|Ответ|Отв|На|回复|回覆|答复|答覆|转发|轉寄|返信|転送)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*/u
/** Without a colon, as Patchwork reads it: only before a bracket. */
const bareReply = /^re (?=\[)/i
/** b4 takes any two or three letters before the bracket for a localised `Re:`. */
const replyBeforeBracket = /^\p{Lu}\p{Ll}{0,3}\s*[:：]\s*(?=\[)/u
/** What gateways and people shout before the bracket of a patch: `EXTERNAL:`, `*** SPAM ***`, `RESEND:`, `v2:`. */
const shoutedMark =
  /^(?<words>(?:v\d+|[^\p{Ll}[\]]){1,40}?)[\s:*-]+(?=(?:R[Ee]:\s*)?\[[^[\]]*(?:\bP(?:ATCH|atch)|\b\d+\/\d+))/u
const bracedMark = /^\{[^{}]{1,40}\}\s*(?=\[)/
/** `PATCH v2 1/2: title`, no bracket at all. */
const unbracketed = /^(?<words>PATCH\b[^:[\]]{0,30})(?::\s|(?=\[))/
/** `[PATCH] 1/2 title`: a counter that was forgotten outside. */
const bareCounter = /^(?<number>\d{1,4})\/(?<total>\d{1,4})(?:\s*[:-]\s|\s)\s*(?<title>\S.*)$/
const versionAtEnd = /\(v(?<version>\d{1,3})\)$/i

/** Where the bracket that `text` begins with is closed, nested ones counted; -1 when it is not. */
function closingBracket(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    depth += text[at] === '[' ? 1 : text[at] === ']' ? -1 : 0
    if (depth === 0) {
      return at
    }
  }
  return -1
}

interface FoundBracket {
  readonly bracket: SubjectBracket
  readonly rest: string
}

function bracketAt(text: string): FoundBracket | null {
  const end = text.startsWith('[') ? closingBracket(text) : -1
  return end < 0 ? null : { bracket: readBracket(text.slice(1, end)), rest: text.slice(end + 1) }
}

/** What stands where a bracket should, or before it. */
function markAt(text: string): FoundBracket | null {
  if (!text.includes('[') && !text.startsWith('PATCH')) {
    return null
  }
  const plain = unbracketed.exec(text)
  const said = plain === null ? null : readBracket(plain.groups?.['words'] ?? '')
  if (plain !== null && said?.namesPatch === true && said.prefixes.every(isNote)) {
    return { bracket: said, rest: text.slice(plain[0].length) }
  }
  const mark = bracedMark.exec(text) ?? shoutedMark.exec(text)
  return mark === null
    ? null
    : {
        bracket: readBracket((mark.groups?.['words'] ?? '').replace(/[*!?]+/g, ' ')),
        rest: text.slice(mark[0].length),
      }
}

function isNote(word: string): boolean {
  return /^(?:RFC|RESEND|REPOST)$/i.test(word)
}

/** Reads any subject: `Re: [list] [RFC PATCH net-next v3 2/7] title`, Mercurial's `[PATCH 2 of 7]`, glued `PATCHv3`. */
export function readSubject(subject: string): MailSubject {
  let rest = subject.replace(/\s+/g, ' ').trim()
  let isReply = false
  let namesPatch = false
  let stated: { readonly version: number; readonly minor: number } | null = null
  let counter: { readonly number: number; readonly total: number } | null = null
  const prefixes: string[] = []
  for (;;) {
    const answered =
      namesPatch || rest.startsWith('[')
        ? null
        : (replyWords.exec(rest) ?? bareReply.exec(rest) ?? replyBeforeBracket.exec(rest))
    if (answered !== null) {
      isReply = true
      rest = rest.slice(answered[0].length)
      continue
    }
    const found: FoundBracket | null = namesPatch
      ? bracketAt(rest)
      : (bracketAt(rest) ?? markAt(rest))
    if (found === null) {
      break
    }
    const bracket: SubjectBracket = found.bracket
    namesPatch ||= bracket.namesPatch
    stated = bracket.version ?? stated
    counter = bracket.counter ?? counter
    prefixes.push(...bracket.prefixes)
    rest = found.rest.replace(/^\s*:?\s*/, '')
  }
  const bare = namesPatch && counter === null ? bareCounter.exec(rest)?.groups : undefined
  if (bare !== undefined && Number(bare['number']) <= Number(bare['total'])) {
    counter = { number: Number(bare['number']), total: Number(bare['total']) }
    rest = bare['title'] ?? ''
  }
  const late = namesPatch && stated === null ? versionAtEnd.exec(rest)?.groups : undefined
  return {
    namesPatch,
    isReply,
    version: stated?.version ?? Number(late?.['version'] ?? 1),
    statesVersion: stated !== null || late !== undefined,
    minor: stated?.minor ?? 0,
    number: counter?.number ?? null,
    total: counter?.total ?? null,
    prefixes,
    title: rest,
  }
}

/** As `readSubject`; null for a subject that names no patch. */
export function parsePatchSubject(subject: string): PatchSubject | null {
  const { namesPatch, ...read } = readSubject(subject)
  return namesPatch ? read : null
}

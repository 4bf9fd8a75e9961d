import { plainLine, plainLines } from './plain-text.ts'

/** Zero-width space: nobody sees it, and no forge finds a mention or a reference across it. */
const gap = '\u200b'

/** What forges make mentions, references or closing words of, each cut in two where `gap` goes. */
const catches: readonly (readonly [pattern: RegExp, cut: string])[] = [
  // Also after a dot or a dash, where some forges see one.
  [/(?<![A-Za-z0-9])@(?=[\w-])/g, `@${gap}`],
  [/([#!])(?=\d)/g, `$1${gap}`],
  [/(gh-)(?=\d)/gi, `$1${gap}`],
  // Pages of issues, pull requests and commits, which become references too.
  [/(\/(?:issues?|pulls?|discussions|commits?|compare)\/)(?=[0-9a-f])/gi, `$1${gap}`],
  [
    /\b(clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|reopen(?:s|ed|ing)?)(?=:?\s+(?:\S*[#!]|gh-|https?:))/gi,
    `$1${gap}`,
  ],
  // A hidden marker of ours in a text that is not ours.
  [/<(?=!--)/g, `<${gap}`],
]

/** Text of strangers so that no forge reads a mention, a reference, a closing word or a marker of ours in it. */
export function neutral(text: string): string {
  return catches.reduce((so, [pattern, cut]) => so.replace(pattern, cut), text)
}

/** Names of commits become links wherever they are no code. */
const commitName = /(?<![A-Za-z0-9])[0-9a-f]{7,64}(?![A-Za-z0-9])/gi
/** What becomes a link by itself. */
const address = /(?<=:)(?=\/\/)|\b(?<=www)(?=\.)/gi
const anyMention = /@(?=\w)/g

function entity(character: string): string {
  switch (character) {
    case '&':
      return '&amp;'
    case '<':
      return '&lt;'
    case '>':
      return '&gt;'
    default:
      return `\\${character}`
  }
}

/** A line of strangers' text for a Markdown paragraph or table: nothing in it is markup, a link or HTML. */
export function inlineText(text: string, longest = 200): string {
  return neutral(plainLine(text, longest))
    .replace(commitName, (name) => name.replace(/.{6}(?=.)/g, `$&${gap}`))
    .replace(address, gap)
    .replace(anyMention, `@${gap}`)
    .replace(/[&<>\\`*_{}[\]()#+.!|~$:=^"'-]/g, entity)
}

/** The title of a pull request, which is no Markdown. */
export function titleText(text: string, longest = 240): string {
  return neutral(plainLine(text, longest)).replaceAll('`', "'")
}

/** A code span of a path, a ref or a Message-ID; `?` where there is nothing to show, since two backticks alone would begin one. */
export function codeSpan(text: string): string {
  const shown = neutral(plainLine(text, 500)).replace(
    /[`|\\]/g,
    (one) => `%${one.charCodeAt(0).toString(16)}`,
  )
  return `\`${shown || '?'}\``
}

export interface Fenced {
  /** The fenced block, without a line end after it. */
  readonly text: string
  readonly isCut: boolean
}

/** Cuts at whole lines, so that at most `longest` characters are left. */
function linesWithin(lines: readonly string[], longest: number): readonly string[] {
  const kept: string[] = []
  let room = longest
  for (const line of lines) {
    room -= line.length + 1
    if (room < 0) {
      break
    }
    kept.push(line)
  }
  return kept
}

/** Text of strangers as a block of code of at most `longest` characters; null where there is no text, or no room. */
export function fenced(text: string, longest: number, language = 'text'): Fenced | null {
  const lines = plainLines(text, 1000).map(neutral)
  const runs = lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length)
  const fence = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)))
  const kept = linesWithin(lines, longest - 2 * fence.length - language.length - 2)
  return kept.length === 0
    ? null
    : {
        text: `${fence}${language}\n${kept.join('\n')}\n${fence}`,
        isCut: kept.length < lines.length,
      }
}

/** A release that somebody asks for by mail. Null, null: they name nothing, or two different things. */
export interface MailedRelease {
  /** As series say it, such as `2` or `5.1`. */
  readonly version: string | null
  /** The first digits of the head that is meant, at least 12. */
  readonly head: string | null
}

const what = String.raw`(?:v(?<version>[1-9]\d{0,3}(?:\.\d{1,3})?)|(?<head>[0-9a-f]{12,64}))`
const forms = [
  new RegExp(String.raw`^\/?ok[ -]to[ -]test(?: +${what})?[.!]?$`, 'i'),
  new RegExp(String.raw`^\/patchferry approve(?: +${what})?$`, 'i'),
]

/** What every form has, somewhere in the text. */
const anyForm = /ok[ -]to[ -]test|\/patchferry approve/i

/** Longer ones are no answer of a person. */
const mostLines = 2_000

function isQuote(line: string | undefined): boolean {
  return line !== undefined && /^\s*[>|]/.test(line)
}

/**
 * The first paragraph that is not quoted, without the line that says whose words follow. What stands further down may be
 * the mail that is answered: many programs quote it without any mark.
 */
function firstOwnWords(text: string): readonly string[] {
  const lines = text.split(/\r?\n/, mostLines)
  const words: string[] = []
  for (const [at, line] of lines.entries()) {
    const next = lines.slice(at + 1, at + 4).find((one) => one.trim() !== '')
    if (line === '-- ' || /^-{2,}.*-{2,}\s*$/.test(line)) {
      break
    }
    const isOwn = line.trim() !== '' && !isQuote(line)
    if (isOwn && !(line.trimEnd().endsWith(':') && isQuote(next))) {
      words.push(line.trim())
    } else if (words.length > 0) {
      break
    }
  }
  return words
}

/**
 * What a mail asks for in the first paragraph of its own words: a line that is `ok to test v2`, `ok to test <head>`, or
 * `/patchferry approve` with one of them. Null where it asks for nothing.
 */
export function readMailedRelease(text: string): MailedRelease | null {
  if (!anyForm.test(text)) {
    return null
  }
  const asked = firstOwnWords(text).flatMap((line) => {
    const found = forms.map((form) => form.exec(line)).find((one) => one !== null)
    const { version = null, head = null } = found?.groups ?? {}
    return found === undefined ? [] : [{ version, head: head?.toLowerCase() ?? null }]
  })
  const [first = null] = asked
  const isClear = asked.every(
    ({ version, head }) => version === first?.version && head === first.head,
  )
  return isClear ? first : { version: null, head: null }
}

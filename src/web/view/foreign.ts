import { type Html, html } from './html.ts'

/**
 * Characters that change how the text around them is shown, or are not seen at all: C0 and C1 controls, bidirectional
 * overrides, zero-width spaces, tags. In a patch they hide what is changed (CVE-2021-42574).
 */
const odd =
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  /[\0-\x08\x0B-\x1F\x7F-\x9F\xAD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu

function codePoint(character: string): string {
  const digits = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
  return `U+${digits.padStart(4, '0')}`
}

/** Text from elsewhere, with every character that would mislead the eye written out as its code point. */
export function visible(text: string): Html {
  const parts: Html[] = []
  let start = 0
  for (const found of text.matchAll(odd)) {
    parts.push(
      html`${text.slice(start, found.index)}<span class="odd">${codePoint(found[0])}</span>`,
    )
    start = found.index + found[0].length
  }
  return html`${parts}${text.slice(start)}`
}

/** Cuts to `limit` characters, never through one of several UTF-16 units. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) {
    return text
  }
  const whole = text.codePointAt(limit - 1) ?? 0
  return `${text.slice(0, whole > 0xffff ? limit - 1 : limit)}…`
}

/** A short piece of text from mail inside a sentence of ours: one line, cut, its direction kept to itself. */
export function foreign(text: string, limit = 300): Html {
  return html`<bdi>${visible(cut(text.replace(/\s+/g, ' '), limit))}</bdi>`
}

/** The same for places that take no markup: a title, an attribute. */
export function foreignPlain(text: string, limit = 200): string {
  return cut(text.replace(odd, '').replace(/\s+/g, ' '), limit)
}

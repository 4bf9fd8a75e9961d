/** Markup that may be sent as it is. Only `html` makes it, so nothing reaches a page unescaped by mistake. */
class Markup {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  read(): string {
    return this.#text
  }
}

export type Html = Markup

/** What a template takes: text is escaped, `null` and `false` leave nothing. */
export type HtmlValue = string | number | Html | null | false | readonly HtmlValue[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Neither HTML nor UTF-8 has a place for these: C0 controls but for white space, and lone surrogates. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const impossible = /[\0-\x08\x0B\x0E-\x1F\x7F]|\p{Surrogate}/gu

function escape(text: string): string {
  return text
    .replace(impossible, '\uFFFD')
    .replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

function toText(value: HtmlValue): string {
  if (value === null || value === false) {
    return ''
  }
  if (typeof value === 'string') {
    return escape(value)
  }
  if (typeof value === 'number') {
    return String(value)
  }
  return value instanceof Markup ? value.read() : value.map(toText).join('')
}

/** A template whose values are escaped for text and for quoted attributes (attributes must be quoted). */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = strings.map((part, index) => part + toText(values[index] ?? null))
  return new Markup(parts.join(''))
}

/** The text of a whole document. */
export function toDocument(page: Html): string {
  return page.read()
}

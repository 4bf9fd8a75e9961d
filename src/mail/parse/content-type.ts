import type { ByteText } from './byte-text.ts'
import { decodeText } from './charset.ts'
import { decodeEncodedWords } from './encoded-words.ts'

export interface ContentType {
  /** `text/plain`, in lower case. */
  readonly type: string
  /** Names in lower case, RFC 2231 undone. */
  readonly parameters: ReadonlyMap<string, string>
}

const parameter = /;[ \t]*([^=;\s]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[^])*)"?|([^;]*))/y

/** Reads a Content-Type or Content-Disposition value; `fallback` where it has no usable first word. */
export function parseContentType(value: ByteText | null, fallback: string): ContentType {
  const parameters = new Map<string, string>()
  const first = (value ?? '').split(';', 1)[0] ?? ''
  const type = first.trim().toLowerCase()
  const text = value ?? ''
  for (let at = first.length; at < text.length; ) {
    parameter.lastIndex = at
    const found = parameter.exec(text)
    if (found === null) {
      const next = text.indexOf(';', at + 1)
      at = next === -1 ? text.length : next
      continue
    }
    const [whole, name = '', inQuotes, plain] = found
    addParameter(
      parameters,
      name.toLowerCase(),
      inQuotes?.replace(/\\([^])/g, '$1') ?? plain?.trim() ?? '',
    )
    at += whole.length
  }
  return { type: /^[^\s/]+(?:\/[^\s/]+)?$/.test(type) ? type : fallback, parameters }
}

/** Joins the pieces of RFC 2231 (`name*0`, `name*1*`) in the order of arrival and decodes its charset and percents. */
function addParameter(parameters: Map<string, string>, written: string, value: ByteText): void {
  const {
    name = '',
    piece,
    extended,
  } = /^(?<name>[^*]+)(?:\*(?<piece>\d+))?(?<extended>\*)?$/.exec(written)?.groups ?? {}
  if (name === '') {
    return
  }
  const text = extended === undefined ? plainText(value) : extendedText(value)
  if (piece !== undefined && Number(piece) > 0) {
    parameters.set(name, (parameters.get(name) ?? '') + text)
  } else if (!parameters.has(name)) {
    parameters.set(name, text)
  }
}

function plainText(value: ByteText): string {
  return decodeText(decodeEncodedWords(value).value, '').text
}

function extendedText(value: ByteText): string {
  const { charset = '', rest = value } =
    /^(?<charset>[^']*)'[^']*'(?<rest>[^]*)$/.exec(value)?.groups ?? {}
  const bytes = rest.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return decodeText(bytes, charset).text
}

/** NUL and lone surrogates, which PostgreSQL takes in no text, become U+FFFD. */
export function cleanText(text: string): string {
  return isClean(text) ? text : text.replaceAll('\0', '\ufffd').toWellFormed()
}

/** Whether `cleanText` leaves it as it is; a third of what a regular expression needs for it. */
export function isClean(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** JSON whose strings hold no NUL and no lone surrogate, so that PostgreSQL could keep it as `jsonb` too. */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value)
  return json.includes('\\u') && /\\u(?:0000|d[89a-f])/i.test(json)
    ? JSON.stringify(value, cleanStrings)
    : json
}

function cleanStrings(_key: string, value: unknown): unknown {
  if (typeof value === 'string') {
    return cleanText(value)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), item]))
  }
  return value
}

const word = /\s*(?<word>(?:[^\s'"]|'[^']*'|"[^"]*")+)\s*/y
const quoted = /'[^']*'|"[^"]*"/g

/**
 * Words as a shell parts them at blanks, where `'...'` and `"..."` keep blanks; every other character stands for itself. Null
 * where a quote is not closed.
 */
export function splitWords(text: string): readonly string[] | null {
  const words: string[] = []
  const matcher = new RegExp(word)
  let end = 0
  for (let found = matcher.exec(text); found !== null; found = matcher.exec(text)) {
    words.push((found.groups?.['word'] ?? '').replace(quoted, (all) => all.slice(1, -1)))
    end = matcher.lastIndex
  }
  return text.slice(end).trim() === '' ? words : null
}

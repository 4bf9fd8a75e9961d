const maxLength = 40

/**
 * A short name for branches, made from the name of a series: `a-z0-9` and single dashes, 1 to 40 characters,
 * cut at a word where there is one. `series` where the name has no Latin letter or digit.
 */
export function topicSlug(name: string): string {
  const words = withoutMarks(name)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  if (words.length <= maxLength) {
    return words === '' ? 'series' : words
  }
  const cut = words.slice(0, maxLength + 1).lastIndexOf('-')
  return words.slice(0, cut > 0 ? cut : maxLength)
}

/** Letters without their accents. Nearly all names are ASCII, for which nothing is to be looked up. */
function withoutMarks(name: string): string {
  return /[^\0-\x7f]/.test(name) ? name.normalize('NFKD').replace(/\p{M}+/gu, '') : name
}

/** Most that the servers give at once (`MAX_RESPONSE_ITEMS`, 50 where nobody changed it). */
export const pageSize = 50

/** What is known of a list after one of its pages. */
interface Page {
  readonly headers: Headers
  /** Items of this page, of the first one, and of all so far. */
  readonly length: number
  readonly firstLength: number
  readonly soFar: number
}

/**
 * The page after `from`, null after the last. Most lists have a `Link` (RFC 8288), of which only the query counts: behind a
 * proxy the server may not know its own address, and the token goes nowhere else. Labels, reviews and statuses have a count alone,
 * and a server may give fewer at once than it was asked for: a page as long as the first is not taken for the last.
 */
export function nextPage(from: URL, { headers, length, firstLength, soFar }: Page): URL | null {
  const next = new URL(from)
  const link = headers.get('link')
  if (link !== null) {
    const target = /<([^>]*)>\s*;[^,]*\brel="?next\b/.exec(link)?.[1]
    next.search = target === undefined ? from.search : new URL(target, from).search
    return next.search === from.search ? null : next
  }
  const isFull = length >= (from.searchParams.has('page') ? firstLength : pageSize)
  const isMoreSaid = Number(headers.get('x-total-count') ?? 0) > soFar
  if (length === 0 || (!isFull && !isMoreSaid)) {
    return null
  }
  next.searchParams.set('page', String(Number(from.searchParams.get('page') ?? 1) + 1))
  return next
}

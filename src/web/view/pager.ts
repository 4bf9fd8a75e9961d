import { type Html, html } from './html.ts'

export interface Paging {
  /** From 1. */
  readonly page: number
  readonly hasNext: boolean
  /** Address of a page. */
  readonly pathOf: (page: number) => string
}

/** The number of a page as a query says it: 1 for anything that is no number above 0. */
export function toPageNumber(text: string | undefined): number {
  const page = /^[1-9]\d{0,5}$/.test(text ?? '') ? Number(text) : 1
  return page
}

/** Newer and older; nothing where all is on one page. */
export function pager({ page, hasNext, pathOf }: Paging): Html | null {
  if (page === 1 && !hasNext) {
    return null
  }
  return html`<nav class="pager" aria-label="Pages">
${page > 1 && html`<a class="button" rel="prev" href="${pathOf(page - 1)}">Newer</a>`}
<span>Page ${page}</span>
${hasNext && html`<a class="button" rel="next" href="${pathOf(page + 1)}">Older</a>`}
</nav>`
}

import type { AnswerError } from '../answer-error.ts'
import { type Html, html } from './html.ts'

/** What went wrong, and what to do. */
export function errorView({ status, code, message, remedy }: AnswerError, more: Html | null): Html {
  return html`<div class="error-page"><p class="soft">${status} · <code>${code}</code></p>
<h1>${message}</h1>
<p>${remedy}</p>
${more}
<p><a href="/">To the list of series</a></p></div>`
}

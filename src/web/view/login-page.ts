import type { AnswerError } from '../answer-error.ts'
import { type Html, html } from './html.ts'

export interface LoginPage {
  readonly csrf: string
  /** Where it leads to. */
  readonly next: string
  /** Why the try before did not work. */
  readonly error: AnswerError | null
  /** False when the configuration names nobody. */
  readonly hasTokens: boolean
}

/** The one field that tells who you are. */
export function loginView({ csrf, next, error, hasTokens }: LoginPage): Html {
  if (!hasTokens) {
    return html`<div class="login"><h1>Log in</h1>
<p>No operator token is configured, so nobody can act here. Add one to the configuration and restart the service.</p></div>`
  }
  return html`<div class="login"><h1>Log in</h1>
${error !== null && html`<p class="note bad" role="alert" id="login-error"><span><strong>${error.message}</strong> ${error.remedy}</span></p>`}
<form method="post" action="/login">
<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="next" value="${next}">
<input name="username" autocomplete="username" value="operator" hidden>
<label for="token">Token</label>
<input id="token" name="token" type="password" required autofocus autocomplete="current-password" spellcheck="false"${error !== null && html` aria-invalid="true" aria-describedby="login-error"`}>
<p class="hint">One of the named tokens of the configuration. Its name stands in the journal beside what you do.</p>
<button class="button primary">Log in</button>
</form></div>`
}

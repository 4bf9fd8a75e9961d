import { foreign } from './foreign.ts'
import { type Html, html } from './html.ts'
import type { Look } from './look.ts'

/** What is asked for besides the reason. */
export interface FormInput {
  readonly name: string
  readonly label: string
  /** What may be chosen; null for text. */
  readonly choices: readonly { readonly value: string; readonly label: string }[] | null
  readonly isRequired: boolean
}

export interface ActForm {
  /** Where it is posted to. */
  readonly action: string
  readonly label: string
  readonly tone: 'primary' | 'plain' | 'danger'
  readonly fields: Readonly<Record<string, string>>
  /** Asked with the reason. */
  readonly inputs?: readonly FormInput[]
  /** Asked for a reason, which has to be given. */
  readonly reason?: { readonly label: string; readonly note: string }
}

function inputView({ name, label, choices, isRequired }: FormInput): Html {
  const field =
    choices === null
      ? html`<input name="${name}"${isRequired && html` required`} maxlength="1000" autocomplete="off">`
      : html`<select name="${name}">${choices.map((choice) => html`<option value="${choice.value}">${foreign(choice.label, 120)}</option>`)}</select>`
  return html`<label>${label}${field}</label>`
}

/** One act as a form; nothing for somebody who only looks. With a reason it unfolds first, so that nothing happens by a slip. */
export function actForm({ session }: Look, form: ActForm): Html | null {
  if (session === null) {
    return null
  }
  const hidden = Object.entries({ ...form.fields, csrf: session.csrf }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  if (form.reason === undefined) {
    return html`<form class="act" method="post" action="${form.action}">${hidden}<button class="button ${form.tone}">${form.label}</button></form>`
  }
  return html`<details class="act"><summary class="button ${form.tone}">${form.label}…</summary>
<form method="post" action="${form.action}">${hidden}
${(form.inputs ?? []).map(inputView)}
<label>${form.reason.label}<input name="reason" required maxlength="500" autocomplete="off"></label>
<p class="hint">${form.reason.note}</p>
<button class="button ${form.tone}">${form.label}</button>
</form></details>`
}

/** The way to the acts for somebody who only looks. */
export function loginHint({ session, path }: Look, acts: string): Html | null {
  return session === null
    ? html`<p class="hint"><a href="/login?next=${encodeURIComponent(path)}">Log in</a> to ${acts}.</p>`
    : null
}

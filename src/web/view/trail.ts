import type { Decision } from '../../core/decision.ts'
import { visible } from './foreign.ts'
import { type Html, html } from './html.ts'
import { emptyNote, mailLink } from './piece.ts'
import { moment } from './time.ts'

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function inputs(decision: Decision): Html | null {
  const entries = Object.entries(decision.inputs)
  if (entries.length === 0 && decision.messageId === null) {
    return null
  }
  return html`<details class="inputs"><summary>From</summary><dl>
${decision.messageId !== null && html`<div><dt>mail</dt><dd>${mailLink(decision.messageId)}</dd></div>`}
${entries.map(([key, value]) => html`<div><dt>${visible(key)}</dt><dd>${visible(valueText(value))}</dd></div>`)}
</dl></details>`
}

/** Every decision with the rule that made it, oldest first: what `patchferry explain` prints. */
export function trailView(decisions: readonly Decision[]): Html {
  if (decisions.length === 0) {
    return emptyNote('Nothing has been decided yet.')
  }
  return html`<ol class="entries trail">${decisions.map(
    (decision) => html`<li>
<span class="step">${decision.step}</span>
<p>${visible(decision.result)}</p>
<p class="soft by">${decision.version !== null && `v${decision.version} · `}<b>${visible(decision.rule)}</b> · ${moment(decision.at)}</p>
${inputs(decision)}
</li>`,
  )}</ol>`
}

import type { OutboxRecord, OutboxState } from '../../core/records.ts'
import { loginHint } from './act-form.ts'
import { type Html, html } from './html.ts'
import type { Look } from './look.ts'
import { outgoingView } from './outgoing.ts'
import { emptyNote } from './piece.ts'

/** States that a person looks for together, by the name in the address. */
export const outboxGroups = {
  waiting: { label: 'Needs a person', states: ['held', 'unknown', 'failed'] },
  going: { label: 'Under way', states: ['pending', 'sending'] },
  sent: { label: 'Sent', states: ['handed-over', 'seen'] },
  dropped: { label: 'Dropped', states: ['dropped'] },
} as const satisfies Record<
  string,
  { readonly label: string; readonly states: readonly OutboxState[] }
>

export type OutboxGroup = keyof typeof outboxGroups

export interface OutboxPage {
  readonly group: OutboxGroup
  readonly counts: Readonly<Partial<Record<OutboxState, number>>>
  /** Newest first. */
  readonly records: readonly OutboxRecord[]
  readonly limit: number
}

function countOf(group: OutboxGroup, counts: OutboxPage['counts']): number {
  const { states } = outboxGroups[group]
  return states.reduce((sum, state) => sum + (counts[state] ?? 0), 0)
}

/** The group of this name; without one what waits for a person, else what waits for anything else. */
export function toOutboxGroup(name: string | undefined, counts: OutboxPage['counts']): OutboxGroup {
  if (name !== undefined && Object.hasOwn(outboxGroups, name)) {
    return name as OutboxGroup
  }
  return countOf('waiting', counts) === 0 && countOf('going', counts) > 0 ? 'going' : 'waiting'
}

function filters({ group, counts }: OutboxPage): Html {
  const chips = (Object.keys(outboxGroups) as OutboxGroup[]).map((name) => {
    const { label } = outboxGroups[name]
    const count = countOf(name, counts)
    return html`<li><a class="chip" href="/outbox?show=${name}"${name === group && html` aria-current="true"`}>${label} <span class="number">${count}</span></a></li>`
  })
  return html`<div class="filters"><nav aria-label="Filter by state"><ul>${chips}</ul></nav></div>`
}

/** Mails on their way out, first those that wait for a person. */
export function outboxView(outbox: OutboxPage, look: Look): Html {
  const { group, records, limit } = outbox
  return html`<h1>Outbox</h1>
${filters(outbox)}
${group === 'waiting' && records.length > 0 && loginHint(look, 'release or drop them')}
${
  records.length === 0
    ? emptyNote('No mail here.')
    : html`<ul class="entries">${records.map((record) => outgoingView(record, look, true))}</ul>`
}
${records.length === limit && html`<p class="hint">Only the newest ${limit} are shown.</p>`}`
}

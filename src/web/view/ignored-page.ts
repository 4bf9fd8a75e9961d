import type { SeriesRecord } from '../../core/records.ts'
import { versionText } from '../../core/series/series.ts'
import { foreign, visible } from './foreign.ts'
import { type Html, html } from './html.ts'
import { emptyNote, mailLink, personWithAddress } from './piece.ts'
import { moment } from './time.ts'

export interface IgnoredPage {
  /** How many series for which reason. */
  readonly counts: ReadonlyMap<string, number>
  /** Newest first. */
  readonly records: readonly SeriesRecord[]
  readonly limit: number
}

function entry({ series, routing, updatedAt }: SeriesRecord): Html {
  const name = series.name === '' ? '(no subject)' : series.name
  return html`<li>
<p class="line"><b>${foreign(name, 200)}</b> <span class="soft">v${versionText(series)} · ${moment(updatedAt)}</span></p>
<p>${personWithAddress(series.submitter)} · ${mailLink(series.anchor)}</p>
<p class="soft">${visible(routing)}</p></li>`
}

/** Series that no project takes, and why. */
export function ignoredView({ counts, records, limit }: IgnoredPage): Html {
  return html`<h1>Ignored</h1>
<p class="soft">Series that no project takes. They are threaded and kept, but neither applied, tested nor reported.</p>
${
  counts.size === 0
    ? emptyNote('Every series belongs to a project.')
    : html`<dl class="facts">${[...counts].map(([reason, count]) => html`<div><dt>${count}</dt><dd>${visible(reason)}</dd></div>`)}</dl>
<ul class="entries">${records.map(entry)}</ul>`
}
${records.length === limit && html`<p class="hint">Only the newest ${limit} are shown.</p>`}`
}

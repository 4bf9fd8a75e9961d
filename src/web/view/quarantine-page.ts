import type { QuarantineRecord } from '../../core/records.ts'
import { visible } from './foreign.ts'
import { type Html, html } from './html.ts'
import { emptyNote } from './piece.ts'
import { moment } from './time.ts'

function entry({ code, message, source, location, at, position, blob }: QuarantineRecord): Html {
  return html`<li>
<p class="line"><b>${visible(code)}</b> ${visible(message)}</p>
<dl class="facts">
<div><dt>Source</dt><dd>${visible(source)}</dd></div>
<div><dt>Found at</dt><dd><code>${visible(location)}</code></dd></div>
<div><dt>Arrived</dt><dd>${moment(at)}</dd></div>
<div><dt>In the archive</dt><dd><code>${visible(position)}</code> · blob <code>${blob}</code></dd></div>
</dl></li>`
}

/** Mails that could not be read, and why. */
export function quarantineView(records: readonly QuarantineRecord[], limit: number): Html {
  return html`<h1>Quarantine</h1>
<p class="soft">Mails that could not be read. Nothing of them is lost: their bytes are in the archive.</p>
${
  records.length === 0
    ? emptyNote('Every mail could be read.')
    : html`<ul class="entries">${records.map(entry)}</ul>`
}
${records.length === limit && html`<p class="hint">Only the newest ${limit} are shown.</p>`}`
}

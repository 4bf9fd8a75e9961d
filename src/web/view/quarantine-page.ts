import type { QuarantinedMail } from '../../flow/acts/quarantine-acts.ts'
import { visible } from './foreign.ts'
import { type Html, html } from './html.ts'
import { command, emptyNote } from './piece.ts'
import { moment } from './time.ts'

function entry(mail: QuarantinedMail): Html {
  const { code, message, source, location, at, position, blob, seen } = mail
  return html`<li>
<p class="line"><b>${visible(code)}</b> ${visible(message)}</p>
<dl class="facts">
<div><dt>Source</dt><dd>${visible(source)}</dd></div>
<div><dt>Found at</dt><dd><code>${visible(location)}</code></dd></div>
<div><dt>Arrived</dt><dd>${moment(at)}</dd></div>
<div><dt>In the archive</dt><dd><code>${visible(position)}</code> · blob <code>${blob}</code></dd></div>
${seen !== null && html`<div><dt>Seen</dt><dd>by ${visible(seen.by)}, ${moment(seen.at)}${seen.reason !== '' && html`: ${visible(seen.reason)}`}</dd></div>`}
</dl></li>`
}

/** Mails that could not be read, and why. */
export function quarantineView(records: readonly QuarantinedMail[], limit: number): Html {
  return html`<h1>Quarantine</h1>
<p class="soft">Mails that could not be read. Nothing of them is lost: their bytes are in the archive. ${command('patchferry quarantine')} says how to print them, and ${command('patchferry quarantine seen ID')} that you have looked.</p>
${
  records.length === 0
    ? emptyNote('Every mail could be read.')
    : html`<ul class="entries">${records.map(entry)}</ul>`
}
${records.length === limit && html`<p class="hint">Only the newest ${limit} are shown.</p>`}`
}

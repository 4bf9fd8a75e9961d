import type { Mailbox } from '../../core/message.ts'
import type { OutboxRecord, OutboxState } from '../../core/records.ts'
import { actForm } from './act-form.ts'
import { outboxBadge } from './badge.ts'
import { foreign, visible } from './foreign.ts'
import { type Html, html } from './html.ts'
import type { Look } from './look.ts'
import { personWithAddress, topicPath, verbatim } from './piece.ts'
import { ago, moment } from './time.ts'

/** What a person may decide about a mail in this state. */
const decidable: ReadonlySet<OutboxState> = new Set(['held', 'unknown', 'failed', 'pending'])

function isUnsent(state: OutboxState): boolean {
  return state === 'held' || state === 'pending'
}

function people(mailboxes: readonly Mailbox[]): Html {
  const shown = mailboxes.slice(0, 20)
  const left = mailboxes.length - shown.length
  return html`${shown.map((mailbox, index) => html`${index > 0 && ', '}${personWithAddress(mailbox)}`)}${left > 0 && ` and ${left} more`}`
}

function decide(record: OutboxRecord, look: Look): Html | null {
  if (!decidable.has(record.state) || look.session === null) {
    return null
  }
  const fields = { key: record.key, back: look.path }
  return html`<div class="acts">
${actForm(look, {
  action: '/outbox/release',
  label: isUnsent(record.state) ? 'Release' : 'Send again',
  tone: 'primary',
  fields,
  reason: {
    label: 'Reason',
    note:
      record.state === 'unknown'
        ? 'Nobody can tell whether it was taken: it may arrive twice. Name and reason go into the journal.'
        : 'The mail goes out. Name and reason go into the journal.',
  },
})}
${actForm(look, {
  action: '/outbox/drop',
  label: 'Drop',
  tone: 'danger',
  fields,
  reason: { label: 'Reason', note: 'The mail is never sent. Name and reason go into the journal.' },
})}
</div>`
}

function headers({ mail }: OutboxRecord): Html {
  return html`<dl class="facts">
<div><dt>To</dt><dd>${people(mail.to)}</dd></div>
${mail.cc.length > 0 && html`<div><dt>Cc</dt><dd>${people(mail.cc)}</dd></div>`}
<div><dt>Message-ID</dt><dd>${foreign(mail.messageId, 200)}</dd></div>
${mail.inReplyTo !== null && html`<div><dt>Answers</dt><dd>${foreign(mail.inReplyTo, 200)}</dd></div>`}
</dl>`
}

/** One outgoing mail: where it is, why, its text, and what can be decided about it. */
export function outgoingView(record: OutboxRecord, look: Look, showsTopic: boolean): Html {
  const { mail } = record
  const isOpen = record.state === 'held'
  return html`<li id="mail-${encodeURIComponent(record.key)}">
<p class="line">${outboxBadge(record.state)} <b>${foreign(mail.subject, 200)}</b></p>
<p class="soft">${record.kind === 'operator' ? 'mail to the operator' : `${record.kind} report`}${record.version !== null && html` on v${record.version}`} · ${ago(record.updatedAt, look.now)} · ${moment(record.createdAt)}
${showsTopic && record.topic !== null && html` · <a href="${topicPath(record.topic)}">its series</a>`}</p>
${record.note !== '' && html`<p>${visible(record.note)}</p>`}
${decide(record, look)}
<details${isOpen && !showsTopic && html` open`}><summary>The mail</summary>${headers(record)}${verbatim(mail.text, 'Text of the mail')}</details>
</li>`
}

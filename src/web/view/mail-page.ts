import type { Decision } from '../../core/decision.ts'
import type { TopicId } from '../../core/ids.ts'
import type { Message } from '../../core/message.ts'
import type { DeliveryRecord } from '../../core/records.ts'
import type { MailText } from '../ports.ts'
import { diffView } from './diff.ts'
import { foreign, visible } from './foreign.ts'
import { type Html, html } from './html.ts'
import { mailLink, personWithAddress, topicPath, verbatim } from './piece.ts'
import { moment } from './time.ts'
import { trailView } from './trail.ts'

export interface MailPage {
  readonly message: Message
  readonly deliveries: readonly DeliveryRecord[]
  readonly decisions: readonly Decision[]
  /** The topics this mail has to do with. */
  readonly topics: readonly { readonly topic: TopicId; readonly name: string }[]
  readonly body: MailText | null
}

function ids(messageIds: readonly Message['messageId'][]): Html {
  return html`${messageIds.slice(-5).map((messageId, index) => html`${index > 0 && html`<br>`}${mailLink(messageId)}`)}`
}

function facts({ message, deliveries }: MailPage): Html {
  const answers = message.inReplyTo.length > 0 ? message.inReplyTo : message.references
  return html`<dl class="facts">
<div><dt>From</dt><dd>${personWithAddress(message.submitter)}</dd></div>
<div><dt>Date</dt><dd>${message.sentAt === null ? 'none' : moment(message.sentAt)}</dd></div>
<div><dt>Message-ID</dt><dd>${foreign(message.messageId, 300)}</dd></div>
${answers.length > 0 && html`<div><dt>Answers</dt><dd>${ids(answers)}</dd></div>`}
${message.repairs.length > 0 && html`<div><dt>Repaired</dt><dd>${visible(message.repairs.join(', '))}</dd></div>`}
${deliveries
  .slice(0, 20)
  .map(
    ({ source, location, arrivedAt, isSilent }) =>
      html`<div><dt>Arrived</dt><dd>${moment(arrivedAt)} by ${visible(source)}${isSilent && ' (silently)'} <span class="soft">${visible(location)}</span></dd></div>`,
  )}
</dl>`
}

/** One mail: where it came from, what was decided about it, its text. */
export function mailView(mail: MailPage): Html {
  const { message, topics, body, decisions } = mail
  return html`${topics.map(
    ({ topic, name }) =>
      html`<p class="crumbs"><a href="${topicPath(topic)}">${foreign(name, 120)}</a></p>`,
  )}
<h1>${foreign(message.subject, 400)}</h1>
${facts(mail)}
${message.problems.length > 0 && html`<ul class="notes">${message.problems.map(({ code, message: text }) => html`<li><b>${code}</b> ${visible(text)}</li>`)}</ul>`}
${topics.length === 0 && html`<p class="hint">It is no part of a series.</p>`}
${body === null ? html`<p class="hint">Its text is not in the archive any more.</p>` : html`${body.text.trim() !== '' && verbatim(body.text.trim(), 'Text of the mail')}${body.diff !== '' && diffView(body.diff)}`}
<section aria-labelledby="trail-title"><h2 id="trail-title">Decisions</h2>${trailView(decisions)}</section>`
}

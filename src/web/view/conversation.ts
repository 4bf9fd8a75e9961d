import type { Message } from '../../core/message.ts'
import { effectiveDate } from '../../core/message.ts'
import type { BodyShelf } from '../operator/load-bodies.ts'
import type { TopicView } from '../operator/load-topic.ts'
import { foreign } from './foreign.ts'
import { type Html, html } from './html.ts'
import { mailPath, person, verbatim } from './piece.ts'
import { moment } from './time.ts'

function replyView(message: Message): Html {
  return html`<li><a href="${mailPath(message.messageId)}">${foreign(message.subject, 160)}</a>
<span class="soft">${person(message.submitter)} · ${moment(effectiveDate(message))}${message.isAutomatic && ' · automatic'}</span>
${
  message.trailers.length > 0 &&
  html`<ul class="trailers">${message.trailers.map(({ key, value }) => html`<li><b>${foreign(key, 40)}:</b> ${foreign(value, 160)}</li>`)}</ul>`
}</li>`
}

/** The text of the cover letter; null without one. */
export function coverView({ shown }: TopicView, bodies: BodyShelf): Html | null {
  const cover = shown?.record.series.cover ?? null
  const text = cover === null ? undefined : bodies.get(cover)?.text
  return text === undefined || text.trim() === '' ? null : verbatim(text.trim(), 'Cover letter')
}

/** The answers to the shown version, oldest first; null where there are none. */
export function repliesView({ shown, mails }: TopicView): Html | null {
  const replies = (shown?.record.series.replies ?? [])
    .map((messageId) => mails.get(messageId))
    .filter((message) => message !== undefined)
  return replies.length === 0 ? null : html`<ol class="entries">${replies.map(replyView)}</ol>`
}

import type { Check, CheckState } from '../../core/checks/check.ts'
import { silenceInWords } from '../../core/checks/verdict-words.ts'
import type { Sha, TopicId } from '../../core/ids.ts'
import type { CheckView, TopicView } from '../operator/load-topic.ts'
import { checkBadge, factBadge } from './badge.ts'
import { foreign } from './foreign.ts'
import { type Html, html } from './html.ts'
import { outsideLink, verbatim } from './piece.ts'
import { withoutAnsi } from './terminal-text.ts'
import { moment } from './time.ts'

/** The end of a log is where it failed; the whole has a page of its own. */
const shownCharacters = 24_000

function logPath(topic: TopicId, sha: Sha, context: string): string {
  return `/topics/${topic}/log?${new URLSearchParams({ sha, context }).toString()}`
}

function took({ startedAt, finishedAt }: Check): string | null {
  if (startedAt === null || finishedAt === null) {
    return null
  }
  const ms = finishedAt.getTime() - startedAt.getTime()
  const seconds = Math.round(ms / 1000)
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function tail(log: string): string {
  const text = withoutAnsi(log)
  return text.length <= shownCharacters
    ? text
    : text.slice(text.indexOf('\n', text.length - shownCharacters) + 1)
}

function logView({ check, log }: CheckView, topic: TopicId): Html | null {
  if (log === null) {
    return check.excerpt === '' ? null : verbatim(withoutAnsi(check.excerpt), 'Excerpt of the log')
  }
  const isCut = withoutAnsi(log).length > shownCharacters
  return html`<details class="log"><summary>${isCut ? 'End of the log' : 'Log'}</summary>
${verbatim(tail(log), `Log of ${check.context}`)}
<p class="hint"><a href="${logPath(topic, check.sha, check.context)}">The whole log as plain text</a></p></details>`
}

function checkView(view: CheckView, topic: TopicId): Html {
  const { check, isAlreadyBroken } = view
  const time = took(check)
  return html`<li>
<p class="line">${checkBadge(check.state)} <b>${foreign(check.context, 120)}</b>
${isAlreadyBroken && factBadge('calm', 'bang', 'broken on the base too')}
<span class="soft">${time !== null && html`${time} · `}${check.finishedAt !== null && moment(check.finishedAt)}</span></p>
${check.summary !== '' && html`<p>${foreign(check.summary, 500)}</p>`}
${check.failingStep !== null && html`<p>Failing step: <b>${foreign(check.failingStep, 200)}</b></p>`}
${check.targetUrl !== null && html`<p>${outsideLink(check.targetUrl, 'Details at the forge')}</p>`}
${logView(view, topic)}
</li>`
}

const red: ReadonlySet<CheckState> = new Set(['failure', 'error', 'cancelled'])

function isRed({ check }: CheckView): boolean {
  return red.has(check.state)
}

/** One sentence; null where the checks say it all. */
function noteInWords({ ciNote }: TopicView): string | null {
  if (ciNote === null) {
    return null
  }
  const { note } = ciNote
  return note === 'cancelled'
    ? 'Nothing failed, but some checks were cancelled, so that they say nothing.'
    : `The reason: ${silenceInWords(note)}.`
}

/** The checks of the shown version's newest head, the red ones first, and why there are no others. */
export function checksView(view: TopicView): Html {
  const { checks, topic } = view
  const note = noteInWords(view)
  if (checks.length === 0) {
    return html`<p class="empty">No check has reported on this head.${note !== null && ` ${note}`}</p>`
  }
  const ordered = [...checks.filter(isRed), ...checks.filter((one) => !isRed(one))]
  return html`${note !== null && html`<p>${note}</p>`}<ul class="entries">${ordered.map((view) => checkView(view, topic.topic))}</ul>`
}

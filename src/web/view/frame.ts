import { type Condition, conditionKey } from '../../core/watch/condition.ts'
import type { Assets } from '../assets.ts'
import type { ActResult } from '../ports.ts'
import { foreign, foreignPlain } from './foreign.ts'
import { type Html, html } from './html.ts'
import { icon } from './icon.ts'
import type { Look } from './look.ts'

export type Section = 'series' | 'outbox' | 'ignored' | 'quarantine' | 'health'

/** What the head and foot of every page need. */
export interface Frame {
  readonly title: string
  readonly section: Section | null
  readonly look: Look
  /** What came of the act before. */
  readonly note: ActResult | null
  /** What waits for a person; null where the store cannot be read. */
  readonly attention: {
    readonly heldMails: number
    readonly quarantined: number
    /** What of the watched conditions is bad. */
    readonly bad: readonly Condition[]
  } | null
  readonly assets: Assets
  readonly version: string
}

function count(number: number, what: string): Html | null {
  return number === 0
    ? null
    : html` <span class="count">${number}<span class="unseen"> ${what}</span></span>`
}

function sections({ section, attention }: Frame): Html {
  const held = count(attention?.heldMails ?? 0, 'held')
  const quarantined = count(attention?.quarantined ?? 0, 'mails')
  const unwell =
    attention === null || attention.bad.length === 0
      ? null
      : html` <span class="count failing">!<span class="unseen"> not well</span></span>`
  const entries = [
    ['series', '/', html`Series`],
    ['outbox', '/outbox', html`Outbox${held}`],
    ['ignored', '/ignored', html`Ignored`],
    ['quarantine', '/quarantine', html`Quarantine${quarantined}`],
    ['health', '/status', html`Health${unwell}`],
  ] as const
  return html`<nav class="sections" aria-label="Sections"><ul>${entries.map(
    ([name, path, label]) =>
      html`<li><a href="${path}"${name === section && html` aria-current="page"`}>${label}</a></li>`,
  )}</ul></nav>`
}

function person({ session, path }: Look): Html {
  if (session === null) {
    return html`<a class="button quiet" href="/login?next=${encodeURIComponent(path)}">Log in</a>`
  }
  return html`<form class="person" method="post" action="/logout">
<span>${foreign(session.name, 40)}</span>
<input type="hidden" name="csrf" value="${session.csrf}">
<button class="button quiet">Log out</button>
</form>`
}

function noteOf(note: ActResult | null): Html | null {
  if (note === null) {
    return null
  }
  const isDone = note.outcome === 'done'
  return html`<p class="note ${isDone ? 'good' : 'bad'}" role="status">${icon(isDone ? 'check' : 'bang')}
<span>${isDone ? null : html`<strong>Not done.</strong> `}${foreign(note.message, 1000)}</span></p>`
}

const alarmsShown = 3

/** What is bad, on every page but that which shows all of it. */
function alarmOf({ attention, section }: Frame): Html | null {
  const bad = attention?.bad ?? []
  if (bad.length === 0 || section === 'health') {
    return null
  }
  const more = bad.length - alarmsShown
  return html`<aside class="note bad alarm" aria-label="What is wrong">${icon('bang')}
<div><strong>${bad.length === 1 ? 'Something needs you.' : `${bad.length} things need you.`}</strong>
<ul>${bad.slice(0, alarmsShown).map((one) => html`<li><b>${foreign(conditionKey(one), 120)}</b>: ${foreign(one.message, 300)}</li>`)}</ul>
<a href="/status">${more > 0 ? `${more} more, and what to do` : 'What to do'}</a></div></aside>`
}

/** A whole page around `main`. */
export function page(frame: Frame, main: Html): Html {
  const { look, assets } = frame
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${foreignPlain(frame.title)} · Patchferry</title>
<link rel="stylesheet" href="${assets.stylesheet.path}">
<link rel="icon" type="image/svg+xml" href="${assets.mark.path}">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><div class="wide">
<a class="wordmark" href="/"><img src="${assets.mark.path}" width="28" height="28" alt="">Patch<b>ferry</b></a>
${sections(frame)}
<form class="find" action="/find" role="search">
<label class="unseen" for="q">Message-ID or topic id</label>
<input id="q" name="q" type="search" placeholder="Message-ID or topic id" required maxlength="1000" autocomplete="off" spellcheck="false">
<button class="unseen">Find</button>
</form>
${person(look)}
</div></header>
<main id="main" class="wide" tabindex="-1">
${alarmOf(frame)}
${noteOf(frame.note)}
${main}
</main>
<footer class="wide"><p>Patchferry ${frame.version}. All times are UTC.</p></footer>
</body>
</html>
`
}

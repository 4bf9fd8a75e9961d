import type { OutboxState } from '../../core/records.ts'
import { type Condition, conditionKey } from '../../core/watch/condition.ts'
import type { DeadJob, JobState } from '../../store/store.ts'
import type { Health } from '../health.ts'
import { conditionBadge } from './badge.ts'
import { foreign, visible } from './foreign.ts'
import { type Html, html } from './html.ts'
import type { Look } from './look.ts'
import { verbatim } from './piece.ts'
import { ago, moment, utc } from './time.ts'

export interface StatusPage {
  readonly health: Health
  readonly jobs: Readonly<Partial<Record<JobState, number>>>
  readonly deadJobs: readonly DeadJob[]
  readonly outbox: Readonly<Partial<Record<OutboxState, number>>>
  readonly messages: number
  readonly nextJobAt: Date | null
  /** Addresses that bounced too often, and until when they are not written to. */
  readonly silenced: readonly { readonly address: string; readonly until: Date }[]
}

function conditionView(condition: Condition): Html {
  const { state, message, remedy, since } = condition
  return html`<li>${conditionBadge(state)} <b>${visible(conditionKey(condition))}</b> <span>${visible(message)}</span>
${remedy !== null && html`<p class="soft">${visible(remedy)} Bad since ${moment(since)}.</p>`}</li>`
}

function deadJobView(job: DeadJob): Html {
  return html`<li><p class="line"><b>${job.kind}</b> <code>${visible(job.key)}</code></p>
<p class="soft">Given up after ${job.attempt} tries; due ${moment(job.runAt)}</p>
${verbatim(job.lastError, 'Last error')}</li>`
}

function figure(label: string, value: string | number | Html): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`
}

function nextJob(at: Date | null, now: Date): Html | string {
  if (at === null) {
    return 'none waits'
  }
  return at > now ? `due ${utc(at)}` : html`due ${ago(at, now)}`
}

/** How the service is: what each probe found, the work under way, what was given up. */
export function statusView(status: StatusPage, look: Look): Html {
  const { health, jobs, deadJobs, outbox, silenced } = status
  const order = { bad: 0, good: 1 } as const
  const conditions = health.conditions.toSorted(
    (one, other) => order[one.state] - order[other.state],
  )
  return html`<h1>Health</h1>
<p class="line">${conditionBadge(health.state)} <span class="soft">looked at ${ago(health.at, look.now)}</span></p>
<ul class="entries findings">${conditions.map(conditionView)}</ul>
<section aria-labelledby="work"><h2 id="work">Work</h2>
<dl class="figures">
${figure('Jobs waiting', jobs.waiting ?? 0)}
${figure('Jobs running', jobs.running ?? 0)}
${figure('Jobs given up', jobs.dead ?? 0)}
${figure('Next job', nextJob(status.nextJobAt, look.now))}
${figure('Mails known', status.messages)}
${figure('Reports sent', (outbox['handed-over'] ?? 0) + (outbox.seen ?? 0))}
${figure('Reports held', outbox.held ?? 0)}
</dl></section>
${
  deadJobs.length > 0 &&
  html`<section aria-labelledby="dead"><h2 id="dead">Given up</h2><ul class="entries">${deadJobs.map(deadJobView)}</ul></section>`
}
${
  silenced.length > 0 &&
  html`<section aria-labelledby="silenced"><h2 id="silenced">Not written to</h2>
<p class="hint">Reports to these addresses came back again and again. <code>patchferry opt-out --undo ADDRESS</code> tries one again.</p>
<ul class="entries">${silenced.slice(0, 200).map(({ address, until }) => html`<li>${foreign(address, 200)} <span class="soft">until ${moment(until)}</span></li>`)}</ul></section>`
}`
}

import type { Application, Conflict } from '../../core/apply/application.ts'
import type { Project } from '../../core/project.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import type { TopicState } from '../../core/topic/topic.ts'
import type { BodyShelf } from '../operator/load-bodies.ts'
import { type CiNoteView, isVague } from '../operator/load-ci-note.ts'
import { headOf, type TopicView } from '../operator/load-topic.ts'
import { actForm, loginHint } from './act-form.ts'
import { topicBadge, topicStateLabel } from './badge.ts'
import { checksView } from './checks.ts'
import { coverView, repliesView } from './conversation.ts'
import { correctForms } from './correct-forms.ts'
import { foreign, visible } from './foreign.ts'
import { type Html, html } from './html.ts'
import { icon } from './icon.ts'
import type { Look } from './look.ts'
import { outgoingView } from './outgoing.ts'
import { patchesView } from './patches.ts'
import {
  emptyNote,
  mailLink,
  outsideLink,
  personWithAddress,
  shortSha,
  topicPath,
  verbatim,
} from './piece.ts'
import { ago } from './time.ts'
import { trailView } from './trail.ts'
import { versionsView } from './versions.ts'

export interface TopicPage {
  readonly view: TopicView
  /** Null when it is configured no more. */
  readonly project: Project | null
  readonly bodies: BodyShelf
}

/** Nothing is tested or sent for these any more. */
const closed: ReadonlySet<TopicState> = new Set(['merged', 'withdrawn', 'moved'])

function heading({ topic, shown, ciNote }: TopicView, look: Look): Html {
  const isTold = shown?.version === topic.version && isVague(topic.state)
  const note = isTold ? (ciNote?.note ?? null) : null
  const verdict =
    topic.verdict === null || topic.verdict === topic.state
      ? null
      : html` · last verdict <b>${topicStateLabel(topic.verdict).toLowerCase()}</b>`
  return html`<header class="topic-head">
<p class="line">${topicBadge(topic.state, note)} <span class="soft">v${topic.version}${verdict} · changed ${ago(topic.updatedAt, look.now)}</span></p>
<h1>${foreign(topic.name === '' ? '(no subject)' : topic.name, 400)}</h1>
<p>${personWithAddress(topic.submitter)} <span class="soft">· <a href="/?project=${encodeURIComponent(topic.project)}">${foreign(topic.project, 60)}</a> · topic <code>${topic.topic}</code>${topic.pullRequest !== null && ` · pull request #${topic.pullRequest}`}</span></p>
</header>`
}

function heldBanner(record: ApplicationRecord, view: TopicView, look: Look): Html {
  const head = headOf(record.application)
  const fields = { version: record.version, ...(head === null ? {} : { head }) }
  return html`<section class="banner wait" aria-label="Held">
<h2>${icon('pause')}<span>v${record.version} is held</span></h2>
<ul>${record.holds.map((hold) => html`<li>${visible(hold)}</li>`)}</ul>
<p class="soft">Nothing of it has run. Read the patches before you approve: approval is for the head ${head !== null && shortSha(head)} alone.</p>
${actForm(look, {
  action: `${topicPath(view.topic.topic)}/approve`,
  label: `Approve v${record.version}`,
  tone: 'primary',
  fields,
})}
${loginHint(look, 'approve it')}
</section>`
}

function conflictBanner(
  { number, messageId, paths, output, olderBase }: Conflict,
  record: ApplicationRecord,
): Html {
  return html`<section class="banner bad" aria-label="Conflict">
<h2>${icon('unequal')}<span>Patch ${number} of v${record.version} does not apply on ${shortSha(record.base)}</span></h2>
<p>${mailLink(messageId)}</p>
${paths.length > 0 && html`<ul>${paths.slice(0, 50).map((path) => html`<li><code>${visible(path)}</code></li>`)}</ul>`}
${olderBase !== null && html`<p>It applies on the older ${shortSha(olderBase.sha)}.</p>`}
${output !== '' && html`<details><summary>What git said</summary>${verbatim(output, 'What git said')}</details>`}
</section>`
}

function approvalBanner({ approvalUrl }: CiNoteView, { version }: ApplicationRecord): Html {
  return html`<section class="banner wait" aria-label="Approval needed">
<h2>${icon('clock')}<span>CI of v${version} waits for a person</span></h2>
<p>It begins when somebody who may do so lets it run on the forge. ${approvalUrl !== null && outsideLink(approvalUrl, 'Let it begin')}</p>
</section>`
}

function isHeld({ application, holds, approvedBy }: ApplicationRecord): boolean {
  return application.outcome === 'applied' && holds.length > 0 && approvedBy === null
}

function banners(view: TopicView, look: Look): Html | null {
  const record = view.shown?.applications[0]
  if (record === undefined || closed.has(view.topic.state)) {
    return null
  }
  const { application }: { readonly application: Application } = record
  if (application.outcome === 'conflict') {
    return conflictBanner(application.conflict, record)
  }
  if (view.ciNote?.note === 'approval-needed' && view.topic.state === 'testing') {
    return approvalBanner(view.ciNote, record)
  }
  return isHeld(record) ? heldBanner(record, view, look) : null
}

function acts({ topic, shown, versions }: TopicView, look: Look): Html | null {
  if (closed.has(topic.state)) {
    return null
  }
  const path = topicPath(topic.topic)
  const record = shown?.applications[0]
  const isTestable = record?.application.outcome === 'applied' && !isHeld(record)
  return html`<div class="acts">
${
  isTestable &&
  actForm(look, {
    action: `${path}/retest`,
    label: `Test v${record.version} again`,
    tone: 'plain',
    fields: { version: record.version },
  })
}
${actForm(look, {
  action: `${path}/withdraw`,
  label: 'Withdraw',
  tone: 'danger',
  fields: {},
  reason: {
    label: 'Reason',
    note: 'No version of this topic is tested or reported any more. Name and reason go into the journal.',
  },
})}
${correctForms({ topic, shown, versions }, look)}
${loginHint(look, isTestable ? 'test it again or withdraw it' : 'withdraw it')}
</div>`
}

function section(id: string, title: string, content: Html): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}</section>`
}

/** The page of one topic: everything that is known of it and everything that can be done. */
export function topicView({ view, project, bodies }: TopicPage, look: Look): Html {
  const { shown, outbox } = view
  const version = shown === null ? '' : ` of v${shown.version}`
  const replies = repliesView(view)
  const cover = coverView(view, bodies)
  const mails =
    outbox.length === 0
      ? emptyNote('Nothing has been sent or held back.')
      : html`<ul class="entries">${outbox.map((record) => outgoingView(record, look, false))}</ul>`
  const parts = [
    ...(cover === null ? [] : [{ id: 'cover', title: 'Cover letter', content: cover }]),
    { id: 'patches', title: `Patches${version}`, content: patchesView(view, bodies) },
    { id: 'checks', title: `Checks${version}`, content: checksView(view) },
    ...(replies === null ? [] : [{ id: 'replies', title: 'Replies', content: replies }]),
    { id: 'mails', title: 'Reports', content: mails },
    { id: 'versions', title: 'Versions', content: versionsView(view, project) },
    { id: 'trail', title: 'Decisions', content: trailView(view.decisions) },
  ]
  return html`<article class="topic">
${heading(view, look)}
${banners(view, look)}
${acts(view, look)}
<nav class="contents" aria-label="On this page"><ul>${parts.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
${parts.map(({ id, title, content }) => section(id, title, content))}
</article>`
}

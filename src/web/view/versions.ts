import type { AppliedHow } from '../../core/apply/application.ts'
import type { BaseRung } from '../../core/apply/base-choice.ts'
import type { Project } from '../../core/project.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import type { TopicView, VersionView } from '../operator/load-topic.ts'
import { factBadge } from './badge.ts'
import { foreign, visible } from './foreign.ts'
import { howLabels } from './how.ts'
import { type Html, html } from './html.ts'
import { command, mailLink, plural, shortSha, topicPath } from './piece.ts'
import { moment } from './time.ts'

function rung({ rule, taken, finding }: BaseRung): Html {
  return html`<li${taken && html` class="taken"`}><b>${rule}</b>${taken && html` <span class="soft">(taken)</span>`} ${visible(finding)}</li>`
}

function baseOf({ base, baseRule, baseBranch, rungs }: ApplicationRecord): Html {
  const branch =
    baseBranch === null ? null : html` on ${foreign(baseBranch.replace('refs/heads/', ''))}`
  return html`<div><dt>Base</dt><dd>${shortSha(base)}${branch} <span class="soft">by the rule</span> <b>${baseRule}</b>
${rungs.length > 0 && html`<details class="why"><summary>Why this base</summary><ol class="rungs">${rungs.map(rung)}</ol></details>`}</dd></div>`
}

function outcomeBadge({ application, holds, approvedBy }: ApplicationRecord): Html {
  switch (application.outcome) {
    case 'conflict':
      return factBadge('bad', 'unequal', 'Conflict')
    case 'empty':
      return factBadge('done', 'merge', 'Already in base')
    case 'applied':
      return holds.length > 0 && approvedBy === null
        ? factBadge('wait', 'pause', 'Held')
        : factBadge('good', 'check', 'Applied')
  }
}

function howText(record: ApplicationRecord): string {
  const counts = new Map<AppliedHow, number>()
  for (const { how } of record.application.commits) {
    counts.set(how, (counts.get(how) ?? 0) + 1)
  }
  return [...counts].map(([how, count]) => `${count} ${howLabels[how]}`).join(', ')
}

function fetchLine(record: ApplicationRecord, project: Project | null): Html | null {
  const ref = record.seriesRef
  return ref === null || project === null
    ? null
    : html`<div class="whole"><dt>Fetch</dt><dd>${command(`git fetch ${project.publicHeadsUrl} ${ref}`)}</dd></div>`
}

function applicationView(record: ApplicationRecord, project: Project | null): Html {
  const { application } = record
  return html`<dl class="facts">
<div><dt>Applied</dt><dd>${outcomeBadge(record)} <span class="soft">${moment(record.at)}</span></dd></div>
${baseOf(record)}
${application.outcome !== 'conflict' && html`<div><dt>Head</dt><dd>${shortSha(application.head)}</dd></div>`}
${application.commits.length > 0 && html`<div><dt>Patches</dt><dd>${howText(record)}</dd></div>`}
${record.approvedBy !== null && html`<div><dt>Released by</dt><dd>${foreign(record.approvedBy, 80)}</dd></div>`}
${fetchLine(record, project)}
</dl>`
}

function origin({ record }: VersionView): Html {
  const { series, linkedBy } = record
  const patches =
    series.total === null
      ? plural(series.patches.length, 'patch', 'patches')
      : `${series.patches.length} of ${plural(series.total, 'patch', 'patches')}`
  return html`<p class="soft">${patches}, ${moment(series.startedAt)}, ${mailLink(series.anchor)}
${linkedBy !== null && html`<br>Joined to this topic by the rule <b>${linkedBy}</b>.`}
${series.composedFrom !== null && html`<br>Composed from single patches of an older version.`}</p>`
}

function notes({ record }: VersionView): Html | null {
  const { series, routing, project } = record
  const lines = [
    ...series.problems.map(
      ({ code, message }) => html`<li><b>${code}</b> ${visible(message)}</li>`,
    ),
    ...(series.missing.length > 0
      ? [html`<li>Still missing: ${series.missing.slice(0, 50).join(', ')}</li>`]
      : []),
    ...(project === null ? [html`<li>No project takes it: ${visible(routing)}</li>`] : []),
  ]
  return lines.length === 0 ? null : html`<ul class="notes">${lines}</ul>`
}

function versionView(one: VersionView, view: TopicView, project: Project | null): Html {
  const isShown = one === view.shown
  const [newest, ...earlier] = one.applications
  return html`<li${isShown && html` class="shown"`}>
<h3>${
    isShown
      ? html`v${one.version} <span class="soft">shown here</span>`
      : html`<a href="${topicPath(view.topic.topic, one.version)}">v${one.version}</a>`
  }</h3>
${origin(one)}
${notes(one)}
${newest === undefined ? html`<p class="soft">Not applied yet.</p>` : applicationView(newest, project)}
${
  earlier.length > 0 &&
  html`<details><summary>${plural(earlier.length, 'earlier application')}</summary>${earlier.map((record) => applicationView(record, project))}</details>`
}
</li>`
}

/** Every version of a topic, newest first: where it was applied, how, and how to fetch it. */
export function versionsView(view: TopicView, project: Project | null): Html {
  return html`<ol class="entries" reversed>${view.versions.map((one) => versionView(one, view, project))}</ol>`
}

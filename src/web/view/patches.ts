import type { AppliedCommit } from '../../core/apply/application.ts'
import type { Message } from '../../core/message.ts'
import type { Series, SeriesPatch } from '../../core/series/series.ts'
import type { BodyShelf } from '../operator/load-bodies.ts'
import type { TopicView } from '../operator/load-topic.ts'
import { factBadge } from './badge.ts'
import { changeCount, diffView } from './diff.ts'
import { foreign } from './foreign.ts'
import { howBadge } from './how.ts'
import { type Html, html } from './html.ts'
import { mailLink, patchPath, personWithAddress, plural, shortSha, verbatim } from './piece.ts'
import { splitDiff } from './split-diff.ts'

/** A series with one patch is read at once; of longer ones the reader opens what matters. */
const openPatches = 1

function how(commit: AppliedCommit | undefined, isConflict: boolean): Html | null {
  if (isConflict) {
    return factBadge('bad', 'unequal', 'conflict')
  }
  if (commit === undefined) {
    return null
  }
  return html`${howBadge(commit.how)}${commit.sha !== null && html` ${shortSha(commit.sha)}`}`
}

function trailers(patch: SeriesPatch): Html | null {
  return patch.trailers.length === 0
    ? null
    : html`<ul class="trailers">${patch.trailers.map(
        ({ key, value }) => html`<li><b>${foreign(key, 40)}:</b> ${foreign(value, 160)}</li>`,
      )}</ul>`
}

export interface PatchText {
  readonly messageId: SeriesPatch['messageId']
  /** Page of the patch alone. */
  readonly path: string
  readonly bodies: BodyShelf
}

/** Commit message and diff, or why they are not here. */
export function patchText({ messageId, path, bodies }: PatchText): Html {
  const body = bodies.get(messageId)
  if (body === undefined) {
    return html`<p class="hint">This page would grow too large. <a href="${path}">Show this patch on its own</a></p>`
  }
  if (body === null) {
    return html`<p class="hint">The mail is not in the archive any more.</p>`
  }
  return html`${body.commitMessage !== '' && verbatim(body.commitMessage, 'Commit message')}
${body.diff === '' ? html`<p class="hint">No diff in this mail.</p>` : diffView(body.diff)}`
}

function author(message: Message | undefined, series: Series): Html | null {
  const written = message?.patch?.author
  return written === undefined || written.address === series.submitter.address
    ? null
    : html`<p class="soft">Written by ${personWithAddress(written)}</p>`
}

function size(messageId: SeriesPatch['messageId'], bodies: BodyShelf): Html | null {
  const diff = bodies.get(messageId)?.diff
  if (diff === undefined) {
    return null
  }
  const files = splitDiff(diff)
  const added = files.reduce((sum, file) => sum + file.added, 0)
  const removed = files.reduce((sum, file) => sum + file.removed, 0)
  return html`<span class="soft">${plural(files.length, 'file')}</span> ${changeCount(added, removed)}`
}

/** The patches of the shown version in order, each with its commit message and diff. */
export function patchesView(view: TopicView, bodies: BodyShelf): Html {
  const { shown, topic } = view
  if (shown === null) {
    return html`<p class="empty">No version is complete yet.</p>`
  }
  const { series } = shown.record
  const application = shown.applications[0]?.application
  const conflict = application?.outcome === 'conflict' ? application.conflict : null
  const total = series.total ?? '?'
  return html`<ol class="entries">${series.patches.map((patch) => {
    const commit = application?.commits.find(({ messageId }) => messageId === patch.messageId)
    const path = patchPath(topic.topic, patch.messageId)
    return html`<li>
<details class="patch"${series.patches.length <= openPatches && html` open`}>
<summary><span class="number">${patch.number}/${total}</span> <span class="subject">${foreign(patch.subject, 200)}</span>
<span class="aside">${size(patch.messageId, bodies)} ${how(commit, conflict?.messageId === patch.messageId)}</span></summary>
<div class="patch-body">
<p class="soft">${mailLink(patch.messageId)} · <a href="${path}">On its own page</a></p>
${author(view.mails.get(patch.messageId), series)}
${patchText({ messageId: patch.messageId, path, bodies })}
</div>
</details>
${trailers(patch)}
</li>`
  })}</ol>`
}

import type { MessageId } from '../../core/ids.ts'
import type { SeriesPatch } from '../../core/series/series.ts'
import type { BodyShelf } from '../operator/load-bodies.ts'
import type { TopicView } from '../operator/load-topic.ts'
import { foreign } from './foreign.ts'
import { type Html, html } from './html.ts'
import { patchText } from './patches.ts'
import { mailLink, patchPath, topicPath } from './piece.ts'

/** One patch alone, for those too large for the page of their topic. */
export function patchPageView(view: TopicView, messageId: MessageId, bodies: BodyShelf): Html {
  const { topic, shown } = view
  const patches = shown?.record.series.patches ?? []
  const index = patches.findIndex((patch) => patch.messageId === messageId)
  const patch = patches[index]
  function link(other: SeriesPatch | undefined, label: string): Html | null {
    return other === undefined
      ? null
      : html`<a class="button" href="${patchPath(topic.topic, other.messageId)}">${label}</a>`
  }
  return html`<p class="crumbs"><a href="${topicPath(topic.topic, shown?.version)}">${foreign(topic.name, 120)}</a></p>
<h1>${patch !== undefined && html`<span class="number">${patch.number}/${shown?.record.series.total ?? '?'}</span> `}${foreign(patch?.subject ?? messageId, 400)}</h1>
<p class="soft">${shown !== null && `v${shown.version} · `}${mailLink(messageId)}</p>
${patchText({ messageId, path: '', bodies })}
<nav class="pager" aria-label="Patches">${index > 0 && link(patches[index - 1], 'Patch before')} ${link(patches[index + 1], 'Next patch')}</nav>`
}

import type { CiNote } from '../../core/checks/ci-note.ts'
import type { TopicId } from '../../core/ids.ts'
import type { Project } from '../../core/project.ts'
import type { Topic } from '../../core/topic/topic.ts'
import { topicBadge, topicStateLabel } from './badge.ts'
import { foreign } from './foreign.ts'
import { type Html, html } from './html.ts'
import type { Look } from './look.ts'
import { type Paging, pager } from './pager.ts'
import { emptyNote, person, topicPath } from './piece.ts'
import { ago } from './time.ts'
import { groupLabels, type TopicGroup } from './topic-group.ts'

export interface TopicList {
  readonly topics: readonly Topic[]
  /** What CI did, of those whose state leaves that open. */
  readonly notes: ReadonlyMap<TopicId, CiNote>
  readonly projects: readonly Project[]
  /** Null shows all. */
  readonly project: string | null
  readonly group: TopicGroup
  readonly page: number
  readonly hasNext: boolean
}

type Choice = Pick<TopicList, 'project' | 'group'>

/** The address of a list; what is as by default stays out of it. */
function topicListPath({ project, group }: Choice, page = 1): string {
  const query = new URLSearchParams()
  if (project !== null) {
    query.set('project', project)
  }
  if (group !== 'all') {
    query.set('show', group)
  }
  if (page > 1) {
    query.set('page', String(page))
  }
  return query.size === 0 ? '/' : `/?${query.toString()}`
}

function chip(path: string, label: string, isCurrent: boolean): Html {
  return html`<li><a class="chip" href="${path}"${isCurrent && html` aria-current="true"`}>${foreign(label, 60)}</a></li>`
}

function filters(list: TopicList): Html {
  const groups = (Object.keys(groupLabels) as TopicGroup[]).map((group) =>
    chip(topicListPath({ ...list, group }), groupLabels[group], list.group === group),
  )
  const names = list.projects.map(({ name }) => name)
  const projects = [null, ...names].map((project) =>
    chip(topicListPath({ ...list, project }), project ?? 'All projects', list.project === project),
  )
  return html`<div class="filters">
<nav aria-label="Filter by state"><ul>${groups}</ul></nav>
${names.length > 1 && html`<nav aria-label="Filter by project"><ul>${projects}</ul></nav>`}
</div>`
}

function verdictOf({ state, verdict }: Topic): Html {
  if (verdict === null) {
    return html`<span class="soft" aria-label="none yet">–</span>`
  }
  return html`<span class="verdict ${verdict}${verdict === state ? ' soft' : ''}">${topicStateLabel(verdict)}</span>`
}

// The roles are what CSS takes from a table whose rows are laid out as cards on a phone.
function row(topic: Topic, note: CiNote | null, showsProject: boolean, now: Date): Html {
  return html`<tr role="row">
<td role="cell" class="state">${topicBadge(topic.state, note)}</td>
<th role="rowheader" scope="row" class="name"><a href="${topicPath(topic.topic)}">${foreign(topic.name === '' ? '(no subject)' : topic.name, 160)}</a>
<span class="by">${person(topic.submitter)}${showsProject && html` · ${foreign(topic.project, 60)}`}${topic.pullRequest !== null && html` · #${topic.pullRequest}`}</span></th>
<td role="cell" class="version"><span class="unseen-wide">Version </span>v${topic.version}</td>
<td role="cell" class="verdict-cell${topic.verdict === null || topic.verdict === topic.state ? ' same' : ''}"><span class="unseen-wide">Verdict: </span>${verdictOf(topic)}</td>
<td role="cell" class="age">${ago(topic.updatedAt, now)}</td>
</tr>`
}

function emptyList(list: TopicList): Html {
  if (list.page > 1 || list.project !== null || list.group !== 'all') {
    return html`${emptyNote('Nothing here.')}<p><a href="/">Show all series</a></p>`
  }
  return emptyNote('No series yet. They appear here as soon as patches arrive by mail.')
}

/** The list of topics: where each patch set stands. */
export function topicListView(list: TopicList, look: Look): Html {
  const paging: Paging = {
    page: list.page,
    hasNext: list.hasNext,
    pathOf: (page) => topicListPath(list, page),
  }
  if (list.topics.length === 0) {
    return html`<h1>Series</h1>${filters(list)}${emptyList(list)}${pager(paging)}`
  }
  const showsProject = list.projects.length > 1 && list.project === null
  return html`<h1>Series</h1>
${filters(list)}
<table class="topics" role="table">
<caption class="unseen">Series, last changed first</caption>
<thead role="rowgroup"><tr role="row">
<th role="columnheader" scope="col">State</th><th role="columnheader" scope="col">Series</th><th role="columnheader" scope="col">Version</th><th role="columnheader" scope="col">Verdict</th><th role="columnheader" scope="col">Changed</th>
</tr></thead>
<tbody role="rowgroup">${list.topics.map((topic) => row(topic, list.notes.get(topic.topic) ?? null, showsProject, look.now))}</tbody>
</table>
${pager(paging)}`
}

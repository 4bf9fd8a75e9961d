import type { Hono } from 'hono'
import { quarantinedMails } from '../../flow/acts/quarantine-acts.ts'
import { silenced } from '../../flow/report/silence.ts'
import { ignoredView } from '../view/ignored-page.ts'
import { outboxGroups, outboxView, toOutboxGroup } from '../view/outbox-page.ts'
import { toPageNumber } from '../view/pager.ts'
import { quarantineView } from '../view/quarantine-page.ts'
import { statusView } from '../view/status-page.ts'
import { groupStates, toTopicGroup } from '../view/topic-group.ts'
import { topicListView } from '../view/topic-list.ts'
import type { Desk } from './desk.ts'
import { loadCiNotes } from './load-ci-note.ts'
import { lookOf, sendPage } from './send-page.ts'
import type { OperatorContext, OperatorEnv } from './visitor.ts'

const topicsPerPage = 50
/** What a page of mails shows; older ones are on the pages of their topics. */
const mailsShown = 100
const quarantineShown = 200
const ignoredShown = 200
const deadJobsShown = 50

async function showTopics(c: OperatorContext, desk: Desk): Promise<Response> {
  const { store, projects } = desk.options
  const asked = c.req.query('project')
  const project = asked === undefined || asked === '' ? null : asked
  const group = toTopicGroup(c.req.query('show'))
  const number = toPageNumber(c.req.query('page'))
  const states = groupStates[group]
  const { found, notes } = await store.read(async (reader) => {
    const topics = await reader.topics({
      ...(project === null ? {} : { project }),
      ...(states === null ? {} : { states }),
      limit: topicsPerPage + 1,
      offset: (number - 1) * topicsPerPage,
    })
    return { found: topics, notes: await loadCiNotes(topics, reader) }
  })
  const main = topicListView(
    {
      topics: found.slice(0, topicsPerPage),
      notes,
      projects,
      project,
      group,
      page: number,
      hasNext: found.length > topicsPerPage,
    },
    lookOf(c, desk),
  )
  return sendPage(c, desk, { title: 'Series', section: 'series', main })
}

async function showOutbox(c: OperatorContext, desk: Desk): Promise<Response> {
  const found = await desk.options.store.read(async (reader) => {
    const counts = await reader.outboxCounts()
    const group = toOutboxGroup(c.req.query('show'), counts)
    const records = await reader.outbox({ states: outboxGroups[group].states, limit: mailsShown })
    return { group, counts, records }
  })
  const main = outboxView({ ...found, limit: mailsShown }, lookOf(c, desk))
  return sendPage(c, desk, { title: 'Outbox', section: 'outbox', main })
}

async function showQuarantine(c: OperatorContext, desk: Desk): Promise<Response> {
  const records = await desk.options.store.read((reader) =>
    quarantinedMails(reader, quarantineShown),
  )
  const main = quarantineView(records, quarantineShown)
  return sendPage(c, desk, { title: 'Quarantine', section: 'quarantine', main })
}

async function showIgnored(c: OperatorContext, desk: Desk): Promise<Response> {
  const found = await desk.options.store.read(async (reader) => ({
    counts: await reader.unroutedCounts(),
    records: await reader.unroutedSeries(ignoredShown),
  }))
  const main = ignoredView({ ...found, limit: ignoredShown })
  return sendPage(c, desk, { title: 'Ignored', section: 'ignored', main })
}

async function showStatus(c: OperatorContext, desk: Desk): Promise<Response> {
  const health = await desk.options.health()
  const found = await desk.options.store.read(async (reader) => ({
    jobs: await reader.jobCounts(),
    deadJobs: await reader.deadJobs(deadJobsShown),
    outbox: await reader.outboxCounts(),
    messages: await reader.messageCount(),
    nextJobAt: await reader.nextJobAt(),
    silenced: await silenced(reader, desk.options.clock()),
  }))
  const main = statusView({ health, ...found }, lookOf(c, desk))
  return sendPage(c, desk, { title: 'Health', section: 'health', main })
}

/** The sections: series, outbox, what is ignored, quarantine, health. */
export function addListRoutes(app: Hono<OperatorEnv>, desk: Desk): void {
  app.get('/', (c) => showTopics(c, desk))
  app.get('/outbox', (c) => showOutbox(c, desk))
  app.get('/quarantine', (c) => showQuarantine(c, desk))
  app.get('/ignored', (c) => showIgnored(c, desk))
  app.get('/status', (c) => showStatus(c, desk))
}

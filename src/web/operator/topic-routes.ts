import type { Hono } from 'hono'
import { type MessageId, toMessageId } from '../../core/ids.ts'
import { ownMails } from '../../core/series/series.ts'
import { answerError } from '../answer-error.ts'
import { patchPageView } from '../view/patch-page.ts'
import { withoutAnsi } from '../view/terminal-text.ts'
import { topicView } from '../view/topic.ts'
import type { Desk } from './desk.ts'
import { loadBodies } from './load-bodies.ts'
import { loadTopic } from './load-topic.ts'
import { lookOf, sendError, sendPage } from './send-page.ts'
import { toShaParam, toTopicIdParam } from './topic-id.ts'
import type { OperatorContext, OperatorEnv } from './visitor.ts'

/** Texts of more than this are on pages of their own: a phone has to read it. */
const pageCharacters = 600_000

function notFound(c: OperatorContext, desk: Desk, message: string): Promise<Response> {
  return sendError(c, desk, answerError(404, 'WEB_NOT_FOUND', message))
}

async function showTopic(c: OperatorContext, desk: Desk): Promise<Response> {
  const { store, bodies, projects } = desk.options
  const id = toTopicIdParam(c.req.param('topic') ?? '')
  const version = c.req.query('v') ?? null
  const view = id === null ? null : await store.read((reader) => loadTopic(reader, id, version))
  if (view === null) {
    return notFound(c, desk, 'There is no topic of this id.')
  }
  const { topic, shown } = view
  const mails = shown === null ? [] : ownMails(shown.record.series)
  const shelf = await loadBodies(bodies, mails, pageCharacters, desk.signal)
  const project = projects.find(({ name }) => name === topic.project) ?? null
  const main = topicView({ view, project, bodies: shelf }, lookOf(c, desk))
  return sendPage(c, desk, { title: topic.name, section: 'series', main })
}

async function showPatch(c: OperatorContext, desk: Desk): Promise<Response> {
  const { store, bodies } = desk.options
  const id = toTopicIdParam(c.req.param('topic') ?? '')
  const messageId: MessageId = toMessageId(c.req.query('id') ?? '')
  const view =
    id === null
      ? null
      : await store.read(async (reader) => {
          const newest = await loadTopic(reader, id, null)
          const has = newest?.versions.find(({ record }) =>
            record.series.patches.some((patch) => patch.messageId === messageId),
          )
          return has === undefined ? null : loadTopic(reader, id, has.version)
        })
  if (view === null) {
    return notFound(c, desk, 'There is no such patch in this topic.')
  }
  const shelf = await loadBodies(bodies, [messageId], pageCharacters, desk.signal)
  const main = patchPageView(view, messageId, shelf)
  return sendPage(c, desk, { title: view.topic.name, section: 'series', main })
}

async function showLog(c: OperatorContext, desk: Desk): Promise<Response> {
  const sha = toShaParam(c.req.query('sha'))
  const context = c.req.query('context')
  const log =
    sha === null || context === undefined
      ? null
      : await desk.options.store.read((reader) => reader.checkLog(sha, context))
  return log === null
    ? notFound(c, desk, 'There is no log of this check.')
    : c.text(withoutAnsi(log), 200)
}

/** The page of a topic, of one of its patches, and the log of a check. */
export function addTopicRoutes(app: Hono<OperatorEnv>, desk: Desk): void {
  app.get('/topics/:topic', (c) => showTopic(c, desk))
  app.get('/topics/:topic/patch', (c) => showPatch(c, desk))
  app.get('/topics/:topic/log', (c) => showLog(c, desk))
}

import type { Hono } from 'hono'
import { type MessageId, type TopicId, toMessageId } from '../../core/ids.ts'
import type { StoreReader } from '../../store/store.ts'
import { answerError } from '../answer-error.ts'
import { type MailPage, mailView } from '../view/mail-page.ts'
import { mailPath, topicPath } from '../view/piece.ts'
import type { Desk } from './desk.ts'
import { sendError, sendPage } from './send-page.ts'
import { toTopicIdParam } from './topic-id.ts'
import type { OperatorContext, OperatorEnv } from './visitor.ts'

/** Where a person who looks for this is led; null when nothing is known of it. */
async function findPath(reader: StoreReader, text: string): Promise<string | null> {
  const topic = toTopicIdParam(text.toLowerCase())
  if (topic !== null && (await reader.topic(topic)) !== null) {
    return topicPath(topic)
  }
  const messageId = toMessageId(text)
  const series = await reader.seriesOf(messageId)
  if (series !== null && (await reader.topic(series.topic)) !== null) {
    return topicPath(series.topic)
  }
  const sent = await reader.outboxByMessageId(messageId)
  if (sent !== null && sent.topic !== null) {
    return `${topicPath(sent.topic)}#mails`
  }
  return (await reader.message(messageId)) === null ? null : mailPath(messageId)
}

async function loadMail(
  reader: StoreReader,
  messageId: MessageId,
): Promise<Omit<MailPage, 'body'> | null> {
  const stored = await reader.message(messageId)
  if (stored === null) {
    return null
  }
  const names = new Map<TopicId, string>()
  const thread = await reader.seriesTouching([messageId, ...stored.message.references])
  for (const { topic, series } of thread) {
    names.set(topic, series.name)
  }
  return {
    message: stored.message,
    deliveries: await reader.deliveries(messageId),
    decisions: await reader.decisions({ messageId }),
    topics: [...names].map(([topic, name]) => ({ topic, name })),
  }
}

async function find(c: OperatorContext, desk: Desk): Promise<Response> {
  const text = (c.req.query('q') ?? '').trim()
  const path = await desk.options.store.read((reader) => findPath(reader, text))
  return path === null
    ? sendError(
        c,
        desk,
        answerError(404, 'WEB_NOT_FOUND', 'No mail and no topic of this id is known.'),
      )
    : c.redirect(path, 303)
}

async function showMail(c: OperatorContext, desk: Desk): Promise<Response> {
  const messageId = toMessageId(c.req.query('id') ?? '')
  const mail = await desk.options.store.read((reader) => loadMail(reader, messageId))
  if (mail === null) {
    return sendError(c, desk, answerError(404, 'WEB_NOT_FOUND', 'No mail of this id is known.'))
  }
  const body = await desk.options.bodies.body(messageId, desk.signal)
  return sendPage(c, desk, {
    title: mail.message.subject,
    section: 'series',
    main: mailView({ ...mail, body }),
  })
}

/** Looking for a Message-ID or topic id, and the page of one mail. */
export function addMailRoutes(app: Hono<OperatorEnv>, desk: Desk): void {
  app.get('/find', (c) => find(c, desk))
  app.get('/mail', (c) => showMail(c, desk))
}

import type { Hono } from 'hono'
import { type MessageId, type TopicId, toMessageId } from '../../core/ids.ts'
import { answerError } from '../answer-error.ts'
import type { ActResult } from '../ports.ts'
import { isSameSecret } from '../same-secret.ts'
import { topicPath } from '../view/piece.ts'
import type { Desk } from './desk.ts'
import { isFromOurPage, localPath, readForm } from './form.ts'
import { sendError } from './send-page.ts'
import { toShaParam, toTopicIdParam } from './topic-id.ts'
import type { OperatorContext, OperatorEnv } from './visitor.ts'

/** A checked form, and who sent it. */
interface AskedAct {
  readonly form: URLSearchParams
  readonly by: string
}

type Act = (asked: AskedAct) => Promise<ActResult>

/** What a person wrote, on one line; null when it is nothing. */
function reasonOf(form: URLSearchParams): string | null {
  const reason = (form.get('reason') ?? '').replace(/\s+/g, ' ').trim().slice(0, 500)
  return reason === '' ? null : reason
}

function textOf(form: URLSearchParams, name: string): string | null {
  const text = form.get(name)
  return text === null || text === '' ? null : text
}

const reasonMissing: ActResult = { outcome: 'refused', message: 'A reason has to be given.' }

async function perform(
  c: OperatorContext,
  desk: Desk,
  name: string,
  act: Act,
  backTo: (form: URLSearchParams) => string,
): Promise<Response> {
  const visitor = c.get('visitor')
  if (visitor === null) {
    return sendError(c, desk, answerError(401, 'WEB_LOGIN_NEEDED'))
  }
  const form = await readForm(c.req.raw)
  const { session, id } = visitor
  if (
    form === null ||
    !isFromOurPage(c.req.raw.headers, desk.answersFor) ||
    !isSameSecret(session.csrf, form.get('csrf') ?? '')
  ) {
    return sendError(c, desk, answerError(403, 'WEB_FORM'))
  }
  const result = await act({ form, by: session.name })
  desk.options.log.info({ act: name, by: session.name, ...result }, 'a person acted')
  desk.options.metrics.countEvent('act', result.outcome)
  desk.sessions.leaveNote(id, result)
  return c.redirect(backTo(form), 303)
}

/** Everything a person can do here. Each act goes to the same use case as the command line's, with the token's name. */
export function addActRoutes(app: Hono<OperatorEnv>, desk: Desk): void {
  const { acts } = desk.options
  const { signal } = desk

  function onTopic(
    name: string,
    act: (topic: TopicId, asked: AskedAct) => Promise<ActResult>,
  ): void {
    app.post(`/topics/:topic/${name}`, (c) => {
      const topic = toTopicIdParam(c.req.param('topic'))
      return topic === null
        ? sendError(c, desk, answerError(404, 'WEB_NOT_FOUND'))
        : perform(
            c,
            desk,
            name,
            (asked) => act(topic, asked),
            () => topicPath(topic),
          )
    })
  }

  function onMail(
    name: string,
    act: (key: string, reason: string, by: string) => Promise<ActResult>,
  ): void {
    async function withReason({ form, by }: AskedAct): Promise<ActResult> {
      const reason = reasonOf(form)
      return reason === null ? reasonMissing : act(form.get('key') ?? '', reason, by)
    }
    app.post(`/outbox/${name}`, (c) =>
      perform(c, desk, name, withReason, (form) => localPath(form.get('back'))),
    )
  }

  onTopic('approve', (topic, { form, by }) => {
    const held = { version: textOf(form, 'version'), head: toShaParam(form.get('head')) }
    return acts.approve(topic, held, by, signal)
  })
  onTopic('retest', (topic, { form, by }) =>
    acts.retest(topic, textOf(form, 'version'), by, signal),
  )
  onTopic('withdraw', async (topic, { form, by }) => {
    const reason = reasonOf(form)
    return reason === null ? reasonMissing : acts.withdraw(topic, reason, by, signal)
  })
  function correct(
    name: string,
    act: (mail: MessageId, to: string | null, reason: string, by: string) => Promise<ActResult>,
  ): void {
    onTopic(name, async (_topic, { form, by }) => {
      const reason = reasonOf(form)
      const to = textOf(form, 'to')?.trim() ?? null
      return reason === null
        ? reasonMissing
        : act(toMessageId(form.get('mail') ?? ''), to === '' ? null : to, reason, by)
    })
  }

  correct('link', (mail, to, reason, by) => acts.link(mail, to, reason, by, signal))
  correct('unlink', (mail, _to, reason, by) => acts.link(mail, null, reason, by, signal))
  correct('split', (mail, to, reason, by) => acts.split(mail, to, reason, by, signal))
  correct('undo-link', (mail, _to, reason, by) => acts.undo('link', mail, reason, by, signal))
  correct('undo-split', (mail, _to, reason, by) => acts.undo('split', mail, reason, by, signal))
  onMail('release', (key, reason, by) => acts.release(key, reason, by, signal))
  onMail('drop', (key, reason, by) => acts.drop(key, reason, by, signal))
}

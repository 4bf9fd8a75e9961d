import type { AnswerError } from '../answer-error.ts'
import { errorView } from '../view/error-page.ts'
import { type Frame, page, type Section } from '../view/frame.ts'
import { type Html, html, toDocument } from '../view/html.ts'
import type { Look } from '../view/look.ts'
import type { Desk } from './desk.ts'
import type { OperatorContext } from './visitor.ts'

export interface SentPage {
  readonly title: string
  readonly section: Section | null
  readonly main: Html
  readonly status?: 200 | AnswerError['status']
}

/** What a view needs to know of this request. */
export function lookOf(c: OperatorContext, desk: Desk): Look {
  const { pathname, search } = new URL(c.req.url)
  return {
    now: desk.options.clock(),
    session: c.get('visitor')?.session ?? null,
    path: pathname + search,
  }
}

async function attention({ options }: Desk): Promise<Frame['attention']> {
  try {
    const { conditions } = await options.health()
    const quarantine = conditions.find(({ id }) => id === 'quarantine')
    const counts = await options.store.read((reader) => reader.outboxCounts())
    return {
      heldMails: counts.held ?? 0,
      quarantined: quarantine?.value ?? 0,
      bad: conditions.filter(({ state }) => state === 'bad'),
    }
  } catch (error) {
    options.log.error({ error }, 'the head of a page could not be read')
    return null
  }
}

/** Answers with a whole page. */
export async function sendPage(c: OperatorContext, desk: Desk, sent: SentPage): Promise<Response> {
  const visitor = c.get('visitor')
  const frame: Frame = {
    title: sent.title,
    section: sent.section,
    look: lookOf(c, desk),
    note: visitor === null ? null : desk.sessions.takeNote(visitor.id),
    attention: await attention(desk),
    assets: desk.options.assets,
    version: desk.options.version,
  }
  return c.html(toDocument(page(frame, sent.main)), sent.status ?? 200)
}

/** Answers with a page that says what is wrong and what to do. */
export function sendError(c: OperatorContext, desk: Desk, error: AnswerError): Promise<Response> {
  const { path } = lookOf(c, desk)
  const more =
    error.code === 'WEB_LOGIN_NEEDED'
      ? html`<p><a class="button primary" href="/login?next=${encodeURIComponent(c.req.method === 'GET' ? path : '/')}">Log in</a></p>`
      : null
  return sendPage(c, desk, {
    title: error.message,
    section: null,
    main: errorView(error, more),
    status: error.status,
  })
}

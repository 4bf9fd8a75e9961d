import type { Hono } from 'hono'
import { type AnswerError, answerError } from '../answer-error.ts'
import { isSameSecret } from '../same-secret.ts'
import { createTokenBook } from '../token-book.ts'
import { loginView } from '../view/login-page.ts'
import { duration } from '../view/time.ts'
import type { Desk } from './desk.ts'
import { isFromOurPage, localPath, readForm } from './form.ts'
import { sendError, sendPage } from './send-page.ts'
import type { OperatorContext, OperatorEnv } from './visitor.ts'

function addressOf(c: OperatorContext): string {
  return c.env?.incoming?.socket.remoteAddress ?? 'unknown'
}

function showLogin(
  c: OperatorContext,
  desk: Desk,
  next: string,
  error: AnswerError | null,
): Promise<Response> {
  const main = loginView({
    csrf: desk.visitors.loginToken(c),
    next,
    error,
    hasTokens: desk.options.tokens.length > 0,
  })
  return sendPage(c, desk, { title: 'Log in', section: null, main, status: error?.status ?? 200 })
}

function throttled(
  c: OperatorContext,
  desk: Desk,
  next: string,
  waitMs: number,
): Promise<Response> {
  c.header('Retry-After', String(Math.ceil(waitMs / 1000)))
  const wait = waitMs < 60_000 ? `${Math.ceil(waitMs / 1000)} seconds` : duration(waitMs + 59_999)
  const message = `Too many wrong tokens came from your address. Wait ${wait}.`
  return showLogin(c, desk, next, {
    ...answerError(429, 'WEB_LOGIN_THROTTLED', message),
    remedy: 'Then try again.',
  })
}

/** Login by a named token, and logout. */
export function addLoginRoutes(app: Hono<OperatorEnv>, desk: Desk): void {
  const { visitors, throttle, options } = desk
  const ownerOf = createTokenBook(options.tokens)

  app.get('/login', async (c) => {
    const next = localPath(c.req.query('next'))
    return c.get('visitor') === null ? await showLogin(c, desk, next, null) : c.redirect(next, 303)
  })

  app.post('/login', async (c) => {
    const form = await readForm(c.req.raw)
    if (
      form === null ||
      !isFromOurPage(c.req.raw.headers, desk.answersFor) ||
      !visitors.isLoginToken(c, form.get('csrf') ?? '')
    ) {
      return sendError(c, desk, answerError(403, 'WEB_FORM'))
    }
    const next = localPath(form.get('next'))
    const address = addressOf(c)
    const waitMs = throttle.waitMs(address)
    if (waitMs > 0) {
      options.metrics.countEvent('login-failed', 'throttled')
      return throttled(c, desk, next, waitMs)
    }
    const name = ownerOf((form.get('token') ?? '').trim())
    if (name === null) {
      throttle.failed(address)
      options.metrics.countEvent('login-failed', 'wrong')
      options.log.warn({ address }, 'a login failed')
      return showLogin(c, desk, next, answerError(401, 'WEB_LOGIN'))
    }
    throttle.succeeded(address)
    visitors.logIn(c, name)
    options.log.info({ by: name, address }, 'logged in')
    return c.redirect(next, 303)
  })

  app.post('/logout', async (c) => {
    const visitor = c.get('visitor')
    if (visitor === null) {
      return c.redirect('/', 303)
    }
    const form = await readForm(c.req.raw)
    if (form === null || !isSameSecret(visitor.session.csrf, form.get('csrf') ?? '')) {
      return sendError(c, desk, answerError(403, 'WEB_FORM'))
    }
    visitors.logOut(c)
    options.log.info({ by: visitor.session.name }, 'logged out')
    return c.redirect('/', 303)
  })
}

import { type Context, Hono, type Next } from 'hono'
import { answerError, answerFault } from '../answer-error.ts'
import { measureRequests } from '../measure-requests.ts'
import { answerHealth, answerLive } from '../public/answer-json.ts'
import { addActRoutes } from './act-routes.ts'
import type { Desk } from './desk.ts'
import { createHostCheck } from './host-check.ts'
import { addListRoutes } from './list-routes.ts'
import { addLoginRoutes } from './login-routes.ts'
import { createLoginThrottle } from './login-throttle.ts'
import { addMailRoutes } from './mail-routes.ts'
import type { OperatorAppOptions } from './operator-options.ts'
import { sendError } from './send-page.ts'
import { createSessions } from './session.ts'
import { addTopicRoutes } from './topic-routes.ts'
import { createVisitors, type OperatorEnv } from './visitor.ts'

const hour = 3_600_000

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

async function protect(c: Context, next: Next): Promise<void> {
  await next()
  c.header('Content-Security-Policy', policy)
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('X-Frame-Options', 'DENY')
  // `no-referrer` would make browsers send `Origin: null` with our own forms.
  c.header('Referrer-Policy', 'same-origin')
  c.header('Cross-Origin-Opener-Policy', 'same-origin')
  c.header('Cross-Origin-Resource-Policy', 'same-origin')
  if (!c.res.headers.has('Cache-Control')) {
    c.header('Cache-Control', 'no-store')
  }
}

function addPlainRoutes(app: Hono<OperatorEnv>, { options }: Desk): void {
  for (const asset of Object.values(options.assets)) {
    app.get(asset.path, (c) => {
      c.header('Content-Type', asset.type)
      c.header('Cache-Control', 'public, max-age=31536000, immutable')
      return c.body(asset.content)
    })
  }
  app.get('/health/live', answerLive)
  app.get('/health', async (c) => answerHealth(c, await options.health()))
  app.get('/metrics', async (c) => {
    c.header('Content-Type', options.metrics.contentType)
    return c.body(await options.metrics.text())
  })
}

function createDesk(options: OperatorAppOptions, signal: AbortSignal): Desk {
  const { clock } = options
  const sessions = createSessions({ clock, idleMs: 2 * hour, lifetimeMs: 12 * hour })
  return {
    options,
    sessions,
    visitors: createVisitors(sessions, options.isBehindTls),
    throttle: createLoginThrottle({
      clock,
      freeTries: 5,
      firstWaitMs: 5_000,
      longestWaitMs: hour,
    }),
    answersFor: createHostCheck(options.host, options.hosts),
    signal,
  }
}

/** Dashboard, health and metrics. `signal` stops what requests have begun. */
export function createOperatorApp(
  options: OperatorAppOptions,
  signal: AbortSignal,
): Hono<OperatorEnv> {
  const app = new Hono<OperatorEnv>()
  const desk = createDesk(options, signal)

  app.use(measureRequests('operator', options.metrics))
  app.use(protect)
  app.use(async (c, next) => {
    if (desk.answersFor(c.req.header('host'))) {
      return next()
    }
    const { code, message, remedy } = answerError(421, 'WEB_HOST')
    return c.text(`${code}: ${message}\n${remedy}\n`, 421)
  })
  addPlainRoutes(app, desk)
  app.use(desk.visitors.recognise)
  addListRoutes(app, desk)
  addTopicRoutes(app, desk)
  addMailRoutes(app, desk)
  addLoginRoutes(app, desk)
  addActRoutes(app, desk)
  app.notFound((c) => sendError(c, desk, answerError(404, 'WEB_NOT_FOUND')))
  app.onError((error, c) => sendError(c, desk, answerFault(error, c.req.path, options.log)))
  return app
}

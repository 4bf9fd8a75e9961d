import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Metrics } from './metrics.ts'

/** Counts and times every request by the pattern that answered it. */
export function measureRequests(
  listener: 'public' | 'operator',
  metrics: Metrics,
): MiddlewareHandler {
  return async (c, next) => {
    const start = performance.now()
    await next()
    metrics.countRequest({
      listener,
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      seconds: (performance.now() - start) / 1000,
    })
  }
}

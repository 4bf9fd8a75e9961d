import { createHmac, randomBytes } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { NodeEnv } from '../listen.ts'
import { isSameSecret } from '../same-secret.ts'
import type { Session, Sessions } from './session.ts'

/** Somebody who is logged in. */
interface Visitor {
  /** The secret of the cookie. */
  readonly id: string
  readonly session: Session
}

export interface OperatorEnv extends NodeEnv {
  Variables: { readonly visitor: Visitor | null }
}

export type OperatorContext = Context<OperatorEnv>

/** Who is asking, and the cookies by which we know. */
export interface Visitors {
  /** Finds the session of each request. */
  readonly recognise: MiddlewareHandler<OperatorEnv>
  logIn(c: OperatorContext, name: string): void
  logOut(c: OperatorContext): void
  /** The token of a login form, bound to a cookie of its own: nobody can be logged in from elsewhere. */
  loginToken(c: OperatorContext): string
  isLoginToken(c: OperatorContext, token: string): boolean
}

const sessionCookie = 'patchferry_session'
const loginCookie = 'patchferry_login'

/** Keeps sessions in cookies that no script reads and no other site sends. */
export function createVisitors(sessions: Sessions, isBehindTls: boolean): Visitors {
  const key = randomBytes(32)
  const attributes = {
    httpOnly: true,
    sameSite: 'Strict',
    secure: isBehindTls,
    path: '/',
  } as const

  function tokenFor(cookie: string): string {
    return createHmac('sha256', key).update(cookie).digest('base64url')
  }

  return {
    async recognise(c, next) {
      const id = getCookie(c, sessionCookie)
      const session = id === undefined ? null : sessions.find(id)
      c.set('visitor', id === undefined || session === null ? null : { id, session })
      await next()
    },
    logIn(c, name) {
      const before = getCookie(c, sessionCookie)
      if (before !== undefined) {
        sessions.close(before)
      }
      deleteCookie(c, loginCookie, attributes)
      setCookie(c, sessionCookie, sessions.open(name).id, attributes)
    },
    logOut(c) {
      const visitor = c.get('visitor')
      if (visitor !== null) {
        sessions.close(visitor.id)
      }
      deleteCookie(c, sessionCookie, attributes)
    },
    loginToken(c) {
      const known = getCookie(c, loginCookie)
      const cookie = known ?? randomBytes(32).toString('base64url')
      if (known === undefined) {
        setCookie(c, loginCookie, cookie, attributes)
      }
      return tokenFor(cookie)
    },
    isLoginToken(c, token) {
      const cookie = getCookie(c, loginCookie)
      return cookie !== undefined && isSameSecret(tokenFor(cookie), token)
    },
  }
}

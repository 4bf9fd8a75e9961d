import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { BotError } from '../core/bot-error.ts'

export interface RunningServer {
  readonly host: string
  /** The port that was taken, also where 0 was asked for. */
  readonly port: number
  /** `http://127.0.0.1:8080`, without a slash at the end. */
  readonly url: string
  /** Takes no more requests, lets those under way finish for at most `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>
}

export interface ListenOptions {
  /** Name in messages: `public listener`. */
  readonly name: string
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Longest time for one request to arrive whole. */
  readonly requestTimeoutMs: number
}

/** What the server hands to an app; nothing where a test calls the app itself. */
export interface NodeEnv {
  Bindings: {
    readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } }
  }
}

/** What answers requests: a Hono app. */
export interface WebApp {
  readonly fetch: (request: Request, env: NodeEnv['Bindings']) => Response | Promise<Response>
}

function urlOf(host: string, port: number): string {
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}

function open(server: Server, { name, host, port }: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `the ${name} cannot listen on ${host} port ${port}: ${cause.message}`
      reject(
        new BotError('WEB_LISTEN', message, {
          retry: 'after-human',
          details: { host, port },
          cause,
        }),
      )
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/**
 * Opens a listener for the app that `build` makes; its signal aborts when requests are cut. Throws WEB_LISTEN when
 * address or port cannot be had.
 */
export async function listen(
  build: (signal: AbortSignal) => WebApp,
  options: ListenOptions,
): Promise<RunningServer> {
  const cut = new AbortController()
  const answer = getRequestListener(build(cut.signal).fetch, { overrideGlobalObjects: false })
  let isClosing = false
  const server = createServer(
    {
      requestTimeout: options.requestTimeoutMs,
      headersTimeout: Math.min(20_000, options.requestTimeoutMs),
      keepAliveTimeout: 5_000,
    },
    (incoming, outgoing) => {
      outgoing.once('close', () => {
        if (isClosing) {
          setImmediate(() => server.closeIdleConnections())
        }
      })
      void answer(incoming, outgoing)
    },
  )
  const port = await open(server, options)

  function close(graceMs: number): Promise<void> {
    isClosing = true
    return new Promise((resolve) => {
      const deadline = setTimeout(() => {
        cut.abort(new Error('the listener closes'))
        server.closeAllConnections()
      }, graceMs)
      server.close(() => {
        clearTimeout(deadline)
        resolve()
      })
      server.closeIdleConnections()
    })
  }

  return { host: options.host, port, url: urlOf(options.host, port), close }
}

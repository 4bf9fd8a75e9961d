import { listen, type RunningServer } from '../listen.ts'
import { createPublicApp, type PublicAppOptions } from './public-app.ts'

export interface PublicServerOptions extends PublicAppOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

/** Opens the listener that the world may reach: health, mail by HTTP, webhooks. Throws WEB_LISTEN. */
export function startPublicServer(options: PublicServerOptions): Promise<RunningServer> {
  return listen((signal) => createPublicApp(options, signal), {
    name: 'public listener',
    host: options.host,
    port: options.port,
    // Long enough for a large mail on a slow line.
    requestTimeoutMs: 120_000,
  })
}

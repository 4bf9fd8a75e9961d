import { listen, type RunningServer } from '../listen.ts'
import { createOperatorApp } from './operator-app.ts'
import type { OperatorAppOptions } from './operator-options.ts'

export interface OperatorServerOptions extends OperatorAppOptions {
  /** 0 takes a free one. */
  readonly port: number
}

/** Opens the operator's listener: dashboard, metrics, health. Throws WEB_LISTEN. */
export function startOperatorServer(options: OperatorServerOptions): Promise<RunningServer> {
  return listen((signal) => createOperatorApp(options, signal), {
    name: 'operator listener',
    host: options.host,
    port: options.port,
    requestTimeoutMs: 30_000,
  })
}

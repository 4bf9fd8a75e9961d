import { onTestFinished } from 'vitest'
import type { MessageId } from '../../src/core/ids.ts'
import { watchConditions } from '../../src/flow/watch/watch-conditions.ts'
import type { Store } from '../../src/store/store.ts'
import { readAssets } from '../../src/web/assets.ts'
import { createHealth } from '../../src/web/health.ts'
import { createMetrics } from '../../src/web/metrics.ts'
import { createOperatorApp } from '../../src/web/operator/operator-app.ts'
import type { OperatorAppOptions } from '../../src/web/operator/operator-options.ts'
import type { ActResult, OperatorActs } from '../../src/web/ports.ts'
import { noon } from '../store/samples.ts'
import { type MemoryLog, memoryLog } from '../support/memory-log.ts'
import { openTempStore } from '../support/temp-store.ts'
import { watchPolicy } from '../support/watch-policy.ts'
import { pumpProject } from './fleet.ts'
import { bodies } from './fleet-texts.ts'

export const secret = 'correct-horse-battery'

/** One act as the flow would have been asked for it. */
type AskedAct = readonly [act: keyof OperatorActs, ...args: readonly unknown[]]

export interface Dashboard {
  readonly options: OperatorAppOptions
  readonly app: ReturnType<typeof createOperatorApp>
  readonly store: Store
  readonly log: MemoryLog
  /** Every act that was asked for. */
  readonly asked: readonly AskedAct[]
  /** What acts answer from now on. */
  answer(result: ActResult): void
  /** Moves the clock. */
  pass(ms: number): void
}

/** Everything a dashboard is given, on an empty store of its own; removed when the test has ended. */
export async function makeDashboard(other: Partial<OperatorAppOptions> = {}): Promise<Dashboard> {
  const { store, close } = await openTempStore()
  onTestFinished(close)
  let now = noon.getTime()
  function clock(): Date {
    return new Date(now)
  }
  const log = memoryLog()
  const asked: AskedAct[] = []
  let result: ActResult = { outcome: 'done', message: 'It is done.' }
  function act<K extends keyof OperatorActs>(name: K): OperatorActs[K] {
    return async (...args: readonly unknown[]) => {
      asked.push([name, ...args.filter((arg) => !(arg instanceof AbortSignal))])
      return result
    }
  }
  const health = createHealth({
    watch: () =>
      store.read((reader) =>
        watchConditions(reader, { freeBytes: 8 * 1024 ** 3, worker: null }, watchPolicy, clock()),
      ),
    clock,
    log: log.logger,
    freshMs: 0,
    patienceMs: 5_000,
  })
  const options: OperatorAppOptions = {
    host: '127.0.0.1',
    hosts: [],
    isBehindTls: false,
    tokens: [{ name: 'dana', secret }],
    projects: [pumpProject],
    store,
    acts: {
      approve: act('approve'),
      withdraw: act('withdraw'),
      retest: act('retest'),
      link: act('link'),
      split: act('split'),
      undo: act('undo'),
      release: act('release'),
      drop: act('drop'),
    },
    bodies: { body: async (messageId: MessageId) => bodies.get(messageId) ?? null },
    health,
    metrics: createMetrics(store, health),
    assets: await readAssets(),
    version: '0.1.0',
    clock,
    log: log.logger,
    ...other,
  }
  return {
    options,
    app: createOperatorApp(options, new AbortController().signal),
    store,
    log,
    asked,
    answer(next) {
      result = next
    },
    pass(ms) {
      now += ms
    },
  }
}

/** A browser without a window: keeps cookies, sends forms, names the host. */
export interface Visitor {
  get(path: string, headers?: Record<string, string>): Promise<Response>
  /** The text of a page. */
  page(path: string): Promise<string>
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Record<string, string>,
  ): Promise<Response>
  /** Logs in as it is done by hand; the answer to the form. */
  logIn(token?: string): Promise<Response>
  readonly cookies: ReadonlyMap<string, string>
}

/** The value of a hidden field; an empty text where there is none. */
export function fieldOf(page: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? ''
}

/** A browser of its own; several on one dashboard are several people. */
export function visit({ app }: Dashboard): Visitor {
  const cookies = new Map<string, string>()
  async function send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('host', headers.get('host') ?? '127.0.0.1:8081')
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await app.request(path, { ...init, headers })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (/max-age=0/i.test(cookie)) {
        cookies.delete(name)
      } else {
        cookies.set(name, value)
      }
    }
    return response
  }
  const visitor: Visitor = {
    cookies,
    get: (path, headers = {}) => send(path, { headers }),
    page: async (path) => (await send(path, {})).text(),
    post: (path, fields, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
    async logIn(token = secret) {
      const csrf = fieldOf(await visitor.page('/login'), 'csrf')
      return visitor.post('/login', { csrf, token, next: '/' })
    },
  }
  return visitor
}

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { conditionKinds } from '../core/watch/condition.ts'
import type { Store, StoreReader } from '../store/store.ts'
import type { LookAtHealth } from './health.ts'

/** The figures of one running service, in a registry of its own. */
export interface Metrics {
  /** In the text format of Prometheus. */
  text(): Promise<string>
  readonly contentType: string
  countRequest(request: {
    readonly listener: 'public' | 'operator'
    readonly method: string
    /** The pattern, never the path: labels must stay few. */
    readonly route: string
    readonly status: number
    readonly seconds: number
  }): void
  /** Counts posted mails by what became of them, failed logins, and acts. */
  countEvent(event: 'mail-posted' | 'login-failed' | 'act', outcome: string): void
}

const knownMethods = new Set(['GET', 'HEAD', 'POST'])

async function countRows(reader: StoreReader): Promise<{
  readonly jobs: Awaited<ReturnType<StoreReader['jobCounts']>>
  readonly outbox: Awaited<ReturnType<StoreReader['outboxCounts']>>
  readonly messages: number
}> {
  return {
    jobs: await reader.jobCounts(),
    outbox: await reader.outboxCounts(),
    messages: await reader.messageCount(),
  }
}

/** Figures are read when Prometheus asks, not before. */
export function createMetrics(store: Pick<Store, 'read'>, health: LookAtHealth): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const jobs = new Gauge({
    name: 'patchferry_jobs',
    help: 'Jobs by state.',
    labelNames: ['state'],
    registers,
  })
  const outbox = new Gauge({
    name: 'patchferry_outbox_mails',
    help: 'Outgoing mails by state.',
    labelNames: ['state'],
    registers,
  })
  const messages = new Gauge({
    name: 'patchferry_messages',
    help: 'Mails in the store.',
    registers,
  })
  const bad = new Gauge({
    name: 'patchferry_condition_bad',
    help: 'Whether a watched condition is bad: 1, or good: 0.',
    labelNames: ['condition', 'subject'],
    registers,
  })
  const since = new Gauge({
    name: 'patchferry_condition_since_seconds',
    help: 'Since when a watched condition is as it is, in seconds of Unix time.',
    labelNames: ['condition', 'subject'],
    registers,
  })
  const measured = new Gauge({
    name: 'patchferry_condition_value',
    help: 'What was measured of a watched condition.',
    labelNames: ['condition', 'subject', 'unit'],
    registers,
  })
  const limits = new Gauge({
    name: 'patchferry_condition_limit',
    help: 'From where on a watched condition is bad.',
    labelNames: ['condition', 'subject', 'unit'],
    registers,
  })
  const requests = new Histogram({
    name: 'patchferry_http_request_seconds',
    help: 'Time from request to answer.',
    labelNames: ['listener', 'method', 'route', 'status'],
    buckets: [0.01, 0.05, 0.25, 1, 5],
    registers,
  })
  const events = new Counter({
    name: 'patchferry_web_events_total',
    help: 'Posted mails, failed logins and acts by what became of them.',
    labelNames: ['event', 'outcome'],
    registers,
  })

  async function refresh(): Promise<void> {
    const { conditions } = await health()
    for (const gauge of [bad, since, measured, limits]) {
      gauge.reset()
    }
    for (const one of conditions) {
      const labels = { condition: one.id, subject: one.subject ?? '' }
      const unit = conditionKinds[one.id].unit ?? ''
      bad.set(labels, one.state === 'bad' ? 1 : 0)
      since.set(labels, one.since.getTime() / 1_000)
      if (one.value !== null) {
        measured.set({ ...labels, unit }, one.value)
      }
      if (one.limit !== null) {
        limits.set({ ...labels, unit }, one.limit)
      }
    }
    jobs.reset()
    outbox.reset()
    messages.reset()
    const counts = await store.read(countRows).catch(() => null)
    if (counts === null) {
      // The condition of the store says so; figures that need no store are still of use.
      return
    }
    for (const [state, count] of Object.entries(counts.jobs)) {
      jobs.set({ state }, count)
    }
    for (const [state, count] of Object.entries(counts.outbox)) {
      outbox.set({ state }, count)
    }
    messages.set(counts.messages)
  }

  return {
    contentType: registry.contentType,
    async text() {
      await refresh()
      return registry.metrics()
    },
    countRequest({ listener, method, route, status, seconds }) {
      const known = knownMethods.has(method) ? method : 'other'
      requests.observe({ listener, method: known, route, status: String(status) }, seconds)
    },
    countEvent(event, outcome) {
      events.inc({ event, outcome })
    },
  }
}

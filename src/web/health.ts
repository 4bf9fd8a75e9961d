import type { Clock } from '../core/clock.ts'
import type { Logger } from '../log/logger.ts'
import type { HealthFinding, HealthLevel, HealthProbe } from './ports.ts'

export interface Health {
  readonly level: HealthLevel
  readonly findings: readonly HealthFinding[]
  readonly at: Date
}

export type LookAtHealth = () => Promise<Health>

export interface HealthOptions {
  readonly probes: readonly HealthProbe[]
  readonly clock: Clock
  readonly log: Logger
  /** How long one look serves every asker, so that asking often costs nothing. */
  readonly freshMs: number
  /** How long one probe may take before it is failing. */
  readonly patienceMs: number
}

async function look(probe: HealthProbe, options: HealthOptions): Promise<readonly HealthFinding[]> {
  const timeout = AbortSignal.timeout(options.patienceMs)
  const tooLong = new Promise<never>((_resolve, reject) => {
    timeout.addEventListener('abort', () => reject(timeout.reason), { once: true })
  })
  try {
    return await Promise.race([probe.look(timeout), tooLong])
  } catch (error) {
    options.log.error({ probe: probe.name, error }, 'a health probe failed')
    return [
      {
        check: probe.name,
        level: 'failing',
        message: timeout.aborted ? 'It did not answer in time.' : 'It cannot be looked at.',
        remedy: `The log says why: look for "a health probe failed" and the probe ${probe.name}.`,
        value: null,
        unit: null,
      },
    ]
  }
}

function worst(findings: readonly HealthFinding[]): HealthLevel {
  const levels = new Set(findings.map(({ level }) => level))
  if (levels.has('failing')) {
    return 'failing'
  }
  return levels.has('warning') ? 'warning' : 'ok'
}

/** One look by all probes at once; askers within `freshMs` share it. Never rejects. */
export function createHealth(options: HealthOptions): LookAtHealth {
  let last: { readonly since: number; readonly health: Promise<Health> } | null = null

  async function lookAtAll(at: Date): Promise<Health> {
    const findings = await Promise.all(options.probes.map((probe) => look(probe, options)))
    return { level: worst(findings.flat()), findings: findings.flat(), at }
  }

  return () => {
    const now = options.clock()
    if (last === null || now.getTime() - last.since >= options.freshMs) {
      last = { since: now.getTime(), health: lookAtAll(now) }
    }
    return last.health
  }
}

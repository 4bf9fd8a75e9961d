import path from 'node:path'
import type { DeliveryConfig } from './config.ts'
import { returnPathToken } from './fields.ts'
import type { Settings } from './schema/schema.ts'
import type { ReadSecrets } from './secrets.ts'
import { toCredential } from './to-sources.ts'

const ports = { starttls: 587, tls: 465, opportunistic: 25, none: 25 } as const

function toWay(
  { delivery }: Settings,
  folder: string,
  secrets: ReadSecrets,
): DeliveryConfig['way'] {
  const { maildir = '', smtp, sendmail } = delivery
  if (sendmail !== undefined) {
    const [program = '', ...first] = sendmail.command
    const found = program.includes('/') ? path.resolve(folder, program) : program
    return { kind: 'sendmail', argv: [found, ...first], timeoutMs: sendmail.timeout }
  }
  if (smtp === undefined) {
    return { kind: 'maildir', path: path.resolve(folder, maildir) }
  }
  const { user, authoritiesFile } = smtp
  const credential = toCredential(smtp, ['delivery', 'smtp'], folder, secrets)
  return {
    kind: 'smtp',
    host: smtp.host,
    port: smtp.port ?? ports[smtp.security],
    security: smtp.security,
    login: user === undefined ? null : { user, credential },
    authoritiesFile: authoritiesFile === undefined ? null : path.resolve(folder, authoritiesFile),
    fingerprint: smtp.fingerprint?.replaceAll(':', '').toLowerCase() ?? null,
    clientName: smtp.clientName ?? null,
    timeoutMs: smtp.timeout,
  }
}

/** The `delivery` section of settings without findings. */
export function toDelivery(
  settings: Settings,
  folder: string,
  secrets: ReadSecrets,
): DeliveryConfig {
  const { retryFor, lookFor, ifUnknown, bounces, limits } = settings.delivery
  const returnPath = settings.delivery.returnPath ?? settings.bot.address
  return {
    way: toWay(settings, folder, secrets),
    returnPath,
    plainReturnPath: returnPath.includes(returnPathToken) ? settings.bot.address : returnPath,
    bounces: {
      limit: bounces.limit,
      withinMs: bounces.within,
      silentForMs: bounces.silence,
    },
    retryForMs: retryFor,
    lookForMs: lookFor,
    ifUnknown,
    limits: {
      perMinute: limits.perMinute ?? null,
      perHour: limits.perHour ?? null,
      perDomainPerMinute: limits.perDomainPerMinute ?? null,
    },
  }
}

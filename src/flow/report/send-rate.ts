import type { OutgoingMail } from '../../core/report/outgoing-mail.ts'
import type { StoreReader } from '../../store/store.ts'

/** How many mails may be begun; null for no limit. */
export interface SendLimits {
  readonly perMinute: number | null
  readonly perHour: number | null
  /** Mails with a recipient of one domain. */
  readonly perDomainPerMinute: number | null
}

/** Mails go as fast as they can. */
export const noLimits: SendLimits = { perMinute: null, perHour: null, perDomainPerMinute: null }

const minuteMs = 60_000
const hourMs = 60 * minuteMs

type RateReader = Pick<StoreReader, 'nthLastDialogue'>

async function freeAfter(
  limit: number | null,
  windowMs: number,
  domain: string | null,
  reader: RateReader,
  now: Date,
): Promise<number> {
  if (limit === null) {
    return 0
  }
  const last = await reader.nthLastDialogue(limit, domain, now)
  return last === null ? 0 : last.getTime() + windowMs
}

function whenLater(at: number, now: Date): Date | null {
  return at > now.getTime() ? new Date(at) : null
}

/** When a mail, whichever it is, may be begun; null for now. Every dialogue counts, whatever came of it. */
export async function anyFreeAt(
  limits: SendLimits,
  reader: RateReader,
  now: Date,
): Promise<Date | null> {
  const { perMinute, perHour } = limits
  return whenLater(
    Math.max(
      await freeAfter(perMinute, minuteMs, null, reader, now),
      await freeAfter(perHour, hourMs, null, reader, now),
    ),
    now,
  )
}

/** When a mail to these domains may be begun; null for now. */
export async function domainsFreeAt(
  limits: SendLimits,
  domains: readonly string[],
  reader: RateReader,
  now: Date,
): Promise<Date | null> {
  let latest = 0
  for (const domain of domains) {
    const at = await freeAfter(limits.perDomainPerMinute, minuteMs, domain, reader, now)
    latest = Math.max(latest, at)
  }
  return whenLater(latest, now)
}

/** The domains of all recipients, each once, in lower case. */
export function recipientDomains({ to, cc }: OutgoingMail): readonly string[] {
  const domains = [...to, ...cc].map(({ address }) =>
    address.slice(address.lastIndexOf('@') + 1).toLowerCase(),
  )
  return [...new Set(domains)]
}

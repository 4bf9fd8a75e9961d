import { createHash } from 'node:crypto'
import { type MessageId, type Sha, toMessageId } from '../ids.ts'
import type { ReportKind } from '../project.ts'

/** What makes a report this report: with any other value it is another one. */
export interface ReportIdentity {
  /** Name of the list it is reported on. */
  readonly list: string
  /** Message-ID of the cover, or of the first patch where there is none. */
  readonly anchor: MessageId
  /** `2`, or `5.1`. */
  readonly version: string
  /** Null where nothing was applied. */
  readonly head: Sha | null
  readonly kind: ReportKind
}

function digest(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits)
}

/**
 * The permanent outbox key of a report, such as `report-failure-v2-1a2b3c4d5e6f-<32 hex>`. Needs no quoting in a
 * shell or an address; the hex digits at its end cover all of the identity, the words before are for people.
 */
export function reportKey(identity: ReportIdentity): string {
  const { list, anchor, version, head, kind } = identity
  const whole = JSON.stringify(['report', list, anchor, version, head, kind])
  const round = version.replace(/[^\d.]/g, '').slice(0, 12)
  return `report-${kind}-v${round}-${head?.slice(0, 12) ?? 'none'}-${digest(whole, 32)}`
}

/**
 * The Message-ID of what an outbox key stands for: the same key gives the same id, so that archives and readers
 * know a resend for what it is. At most 200 characters. `domain` is that of the bot's address; where it is no plain
 * host name its hash takes its place under `.invalid`.
 */
export function reportMessageId(key: string, domain: string): MessageId {
  return toMessageId(`patchferry.${digest(key, 40)}@${rightOf(domain)}`)
}

function rightOf(domain: string): string {
  const host = domain.toLowerCase()
  return /^[a-z0-9](?:[a-z0-9.-]{0,126}[a-z0-9])?$/.test(host) && !host.includes('..')
    ? host
    : `${digest(host, 16)}.invalid`
}

/** Whether a Message-ID has the form of those that the bot of this address gives its reports. */
export function isReportId(messageId: MessageId, botAddress: string): boolean {
  const right = rightOf(botAddress.split('@').at(-1) ?? '')
  return (
    /^patchferry\.[0-9a-f]{40}@/.test(messageId) && messageId.toLowerCase().endsWith(`@${right}`)
  )
}

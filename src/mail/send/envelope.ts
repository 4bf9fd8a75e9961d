import { domainToASCII } from 'node:url'
import { BotError } from '../../core/bot-error.ts'
import { isMailable } from '../../core/report/mailable.ts'
import type { OutgoingMail } from '../../core/report/outgoing-mail.ts'

/** What a mail server is told (RFC 5321 2.3.1), host names in ASCII (RFC 5890). */
export interface Envelope {
  readonly from: string
  /** Each once, never empty. */
  readonly to: readonly string[]
}

function toWire(address: string): string {
  const at = address.lastIndexOf('@')
  const host = domainToASCII(address.slice(at + 1))
  if (!isMailable(address) || host === '') {
    throw new BotError('MAIL_ADDRESS_UNUSABLE', `not an address to write to: ${address}`, {
      retry: 'after-human',
      details: { address },
    })
  }
  return `${address.slice(0, at)}@${host}`
}

/** Sender and recipients of one dialogue; bounces go to `returnPath`. Throws MAIL_ADDRESS_UNUSABLE. */
export function envelopeOf(mail: OutgoingMail, returnPath: string): Envelope {
  const everyone = [...mail.to, ...mail.cc].map(({ address }) => address)
  return { from: toWire(returnPath), to: [...new Set(everyone.map(toWire))] }
}

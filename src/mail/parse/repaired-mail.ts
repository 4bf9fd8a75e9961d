import type { Mailbox } from '../../core/message.ts'
import { type ByteText, toBytes, utf8 } from './byte-text.ts'

export interface RepairedParts {
  readonly author: Mailbox
  /** As git reads it. */
  readonly date: ByteText
  readonly title: ByteText
  /** Below the title. */
  readonly message: ByteText
  readonly patch: ByteText
}

/**
 * A mail that `git am` reads as exactly these. The facts stand in the header and again in the body, so that no first
 * line of the message is taken for an in-body header.
 */
export function writeRepairedMail(parts: RepairedParts): Uint8Array {
  const author = `${quotedName(parts.author.name)} <${parts.author.address}>`
  const fields = `From: ${utf8(author)}\nSubject: ${parts.title}\nDate: ${parts.date}\n`
  const body = `${fields}\n${parts.message}\n---\n${parts.patch}`
  // Splitting a mailbox takes carriage returns and breaks at separators, unless they are encoded.
  const isSafe = !body.includes('\r') && !body.includes('\nFrom ')
  const text = isSafe ? body : base64Lines(body)
  const mime = `MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: ${isSafe ? '8bit' : 'base64'}\n`
  return toBytes(`${fields}${mime}\n${text}`)
}

function base64Lines(body: ByteText): ByteText {
  return Buffer.from(body, 'latin1').toString('base64').replace(/.{76}/g, '$&\n')
}

function quotedName(name: string): string {
  return `"${name.replace(/[\r\n]+/g, ' ').replace(/["\\]/g, '\\$&')}"`
}

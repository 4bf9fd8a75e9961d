import type { Mailbox } from '../core/message.ts'
import { type ByteText, toByteText } from './parse/byte-text.ts'
import { decodeText } from './parse/charset.ts'
import { decodeEncodedWords, headerText } from './parse/encoded-words.ts'
import { authorAsGit } from './parse/git-author.ts'
import { parseGitDate } from './parse/git-date.ts'
import { type HeaderField, lastValueOf, readHeaderBlock } from './parse/header-block.ts'

/** What `git log` of the archive shows of a mail. */
export interface MailGlance {
  readonly from: Mailbox
  readonly subject: string
  /** Null where there is no Date that can be used. */
  readonly sentAt: Date | null
}

/** A header that is longer is not looked at any further. */
const maxHeaderBytes = 64 * 1024

/** Nor is a longer value: `git log` is no place for it. */
const maxValueBytes = 2000

const nothing: MailGlance = { from: { name: '', address: '' }, subject: '', sentAt: null }

/** Sender, subject and date of any bytes, without parsing the mail: what cannot be read is left empty. */
export function glanceAtMail(raw: Uint8Array): MailGlance {
  try {
    const head = toByteText(raw.subarray(0, headerLength(raw)))
    const { fields } = readHeaderBlock(head)
    return {
      from: sender(fields),
      subject: headerText(value(fields, 'subject')),
      sentAt: parseGitDate(value(fields, 'date'))?.at ?? null,
    }
  } catch {
    // Whatever it was that broke: the mail is archived all the same.
    return nothing
  }
}

function headerLength(raw: Uint8Array): number {
  const head = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.length, maxHeaderBytes))
  const plain = head.indexOf('\n\n')
  const withCr = (plain === -1 ? head : head.subarray(0, plain + 1)).indexOf('\n\r\n')
  const end = withCr === -1 ? plain : withCr
  return end === -1 ? head.length : end + 1
}

function sender(fields: readonly HeaderField[]): Mailbox {
  const from = value(fields, 'from') || value(fields, 'sender')
  const { name, email } = authorAsGit(decodeEncodedWords(from).value)
  return { name: decodeText(name, '').text, address: decodeText(email, '').text }
}

function value(fields: readonly HeaderField[], name: string): ByteText {
  return (lastValueOf(fields, name) ?? '').slice(0, maxValueBytes)
}

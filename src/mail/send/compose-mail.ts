import MailComposer from 'nodemailer/lib/mail-composer'
import { encodeWord } from 'nodemailer/lib/mime-funcs'
import { encode, wrap } from 'nodemailer/lib/qp'
import { BotError } from '../../core/bot-error.ts'
import type { MessageId } from '../../core/ids.ts'
import type { Mailbox } from '../../core/message.ts'
import { isMailable, isUsableId } from '../../core/report/mailable.ts'
import type { OutgoingMail } from '../../core/report/outgoing-mail.ts'

/** RFC 5322 2.1.1, without the line end. */
const longestLineBytes = 998

/** Fields that `OutgoingMail` has a place for, or that follow from the body. */
const ownFields =
  /^(?:from|sender|to|cc|bcc|subject|date|message-id|in-reply-to|references|mime-version|content-.*)$/i

/** What no header field can hold: controls, and line ends of every kind. */
const unprintable = /[\p{Cc}\u2028\u2029]+/gu

function headerText(value: string): string {
  return value.replace(unprintable, ' ').trim()
}

function toAddress({ name, address }: Mailbox): { name: string; address: string } {
  if (!isMailable(address)) {
    throw new BotError('MAIL_ADDRESS_UNUSABLE', `not an address to write to: ${address}`, {
      retry: 'after-human',
      details: { address },
    })
  }
  // A name that reads as an encoded-word would be decoded once more by the reader; one without end cannot be folded.
  return { name: headerText(name).replaceAll('=?', '= ?').slice(0, 200), address }
}

function toId(id: MessageId): string {
  if (!isUsableId(id)) {
    throw new BotError('MAIL_ID_UNUSABLE', `not a Message-ID that a header can hold: ${id}`, {
      retry: 'never',
      details: { id },
    })
  }
  return `<${id}>`
}

/** Folding breaks at spaces only, so a long word has to be encoded; so has what reads as an encoded-word itself. */
function fieldValue(value: string): string | { prepared: true; foldLines: true; value: string } {
  const text = headerText(value)
  return text.includes('=?') || /\S{200}/.test(text)
    ? { prepared: true, foldLines: true, value: encodeWord(text, 'Q', 52) }
    : text
}

function bodyOf(
  text: string,
  isEightBit: boolean,
): { encoding: '7bit' | '8bit' | 'quoted-printable'; body: Buffer } {
  const lines = text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replace(/\n*$/, '\n')
    .replaceAll('\n', '\r\n')
  const bytes = Buffer.from(lines)
  const isLong = lines.split('\r\n').some((line) => Buffer.byteLength(line) > longestLineBytes)
  const isPlain = bytes.length === lines.length
  if (isLong || !(isPlain || isEightBit)) {
    return { encoding: 'quoted-printable', body: Buffer.from(wrap(encode(bytes))) }
  }
  return { encoding: isPlain ? '7bit' : '8bit', body: bytes }
}

/**
 * The bytes of a mail, with CRLF: the same mail gives the same bytes. One text part, as it is (8bit) where no line is
 * longer than SMTP allows and the way takes 8 bits (RFC 6152), and quoted-printable elsewhere, never base64 and never
 * format=flowed (git and list readers stumble over both). Whatever names, subject and header values hold, no further header field comes of it.
 * Throws MAIL_ADDRESS_UNUSABLE, MAIL_ID_UNUSABLE and MAIL_HEADER_UNUSABLE.
 */
export function composeMail(mail: OutgoingMail, isEightBit = true): Uint8Array {
  const node = new MailComposer({
    from: toAddress(mail.from),
    to: mail.to.map(toAddress),
    cc: mail.cc.map(toAddress),
    messageId: mail.messageId,
  }).compile()
  node.setHeader('Subject', fieldValue(mail.subject))
  node.setHeader('Date', mail.date)
  // Ids are not folded: there are programs that look for them on the line of the field.
  node.setHeader('Message-ID', { prepared: true, value: toId(mail.messageId) })
  if (mail.inReplyTo !== null) {
    node.setHeader('In-Reply-To', { prepared: true, value: toId(mail.inReplyTo) })
  }
  if (mail.references.length > 0) {
    node.setHeader('References', mail.references.map(toId).join(' '))
  }
  for (const [field, value] of Object.entries(mail.headers)) {
    if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(field) || ownFields.test(field)) {
      throw new BotError('MAIL_HEADER_UNUSABLE', `not a further header field: ${field}`, {
        retry: 'never',
        details: { field },
      })
    }
    node.setHeader(field, fieldValue(value))
  }
  const { encoding, body } = bodyOf(mail.text, isEightBit)
  node.setHeader('MIME-Version', '1.0')
  node.setHeader('Content-Transfer-Encoding', encoding)
  node.setHeader('Content-Type', 'text/plain; charset=utf-8')
  return Buffer.concat([Buffer.from(`${node.buildHeaders()}\r\n\r\n`), body])
}

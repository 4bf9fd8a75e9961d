import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toMessageId } from '../../../src/core/ids.ts'
import type { OutgoingMail } from '../../../src/core/report/outgoing-mail.ts'
import { composeMail } from '../../../src/mail/send/compose-mail.ts'
import { hasPython, readWithPython } from './read-with-python.ts'

const mail: OutgoingMail = {
  messageId: toMessageId('patchferry.1@ci.example'),
  inReplyTo: toMessageId('cover@ada.example'),
  references: [toMessageId('first@ada.example'), toMessageId('cover@ada.example')],
  from: { name: 'Patchferry', address: 'bot@ci.example' },
  to: [{ name: 'Ada Lovelace', address: 'ada@ada.example' }],
  cc: [
    { name: '', address: 'frob-devel@lists.example' },
    { name: 'Bob', address: 'bob@bob.example' },
  ],
  subject: 'Re: [PATCH 0/3] frob: count the widgets',
  date: new Date('2026-11-21T10:00:00Z'),
  text: 'It works.\n',
  headers: { 'Auto-Submitted': 'auto-generated' },
}
const fields = [
  'From',
  'To',
  'Cc',
  'Message-ID',
  'Subject',
  'Date',
  'In-Reply-To',
  'References',
  'Auto-Submitted',
  'MIME-Version',
  'Content-Transfer-Encoding',
  'Content-Type',
]

function compose(changes: Partial<OutgoingMail>): string {
  return Buffer.from(composeMail({ ...mail, ...changes })).toString('utf8')
}

function body(text: string): string {
  return compose({ text }).split('\r\n\r\n').slice(1).join('\r\n\r\n')
}

describe('composeMail', () => {
  it('writes a plain mail plainly', () => {
    expect(compose({})).toBe(
      [
        'From: Patchferry <bot@ci.example>',
        'To: Ada Lovelace <ada@ada.example>',
        'Cc: frob-devel@lists.example, Bob <bob@bob.example>',
        'Message-ID: <patchferry.1@ci.example>',
        'Subject: Re: [PATCH 0/3] frob: count the widgets',
        'Date: Sat, 21 Nov 2026 10:00:00 +0000',
        'In-Reply-To: <cover@ada.example>',
        'References: <first@ada.example> <cover@ada.example>',
        'Auto-Submitted: auto-generated',
        'MIME-Version: 1.0',
        'Content-Transfer-Encoding: 7bit',
        'Content-Type: text/plain; charset=utf-8',
        '',
        'It works.',
        '',
      ].join('\r\n'),
    )
  })

  it('leaves out what is not there', () => {
    expect(compose({ inReplyTo: null, references: [], cc: [] })).not.toMatch(
      /In-Reply-To|References|Cc:/,
    )
  })

  it('gives the same bytes for the same mail', () => {
    expect(compose({ text: 'ö\n' })).toBe(compose({ text: 'ö\n' }))
  })

  it('sends text beyond ASCII as it is, and only too long lines quoted-printable', () => {
    const long = `${'ö'.repeat(499)}x\n`

    expect(compose({ text: 'für\n' })).toContain('Content-Transfer-Encoding: 8bit')
    expect(body('für\n')).toBe('für\r\n')
    expect(compose({ text: `${'ö'.repeat(499)}\n` })).toContain('8bit')
    expect(compose({ text: long })).toContain('Content-Transfer-Encoding: quoted-printable')
    expect(
      Math.max(
        ...body(long)
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(76)
  })

  it('ends every line with CRLF and drops what SMTP cannot carry', () => {
    expect(body('a\rb\r\nc\u0000\u001b[1md\te')).toBe('a\r\nb\r\nc[1md\te\r\n')
  })

  it.each<[string, Partial<OutgoingMail>]>([
    ['MAIL_ADDRESS_UNUSABLE', { to: [{ name: '', address: 'a@b.example\nBcc: c@d.example' }] }],
    ['MAIL_ADDRESS_UNUSABLE', { cc: [{ name: '', address: 'a, b@c.example' }] }],
    ['MAIL_ID_UNUSABLE', { inReplyTo: toMessageId('a b@c') }],
    ['MAIL_ID_UNUSABLE', { references: [toMessageId('a> <b@c')] }],
    ['MAIL_HEADER_UNUSABLE', { headers: { Bcc: 'a@b.example' } }],
    ['MAIL_HEADER_UNUSABLE', { headers: { 'X-A: b\r\nX-C': 'd' } }],
    ['MAIL_HEADER_UNUSABLE', { headers: { 'content-type': 'text/html' } }],
  ])('refuses with %s what a header cannot hold', (code, changes) => {
    expect(() => compose(changes)).toThrow(expect.objectContaining({ code }))
  })

  it.runIf(hasPython || process.env['CI'] === 'true')(
    'is read by another parser as it was meant, whatever names, subject and text hold (needs python3)',
    () => {
      const text = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.constantFrom(
          'a\r\nBcc: victim@x.example',
          '=?utf-8?q?=0D=0ABcc:_victim@x.example?=',
          '=?utf-8?b?DQpCY2M6IHY=?= x',
          'Lovelace, Ada (Countess) <x@y.example>',
          '"quoted\\" <x@y.example>, ',
          'Ада Лавлейс 伊藤',
          'x'.repeat(1200),
        ),
      )
      const mails: OutgoingMail[] = fc
        .sample(fc.tuple(text, text, text, text), { numRuns: 300, seed: 4711 })
        .map(([name, subject, value, words]) => ({
          ...mail,
          to: [{ name, address: 'ada@ada.example' }],
          subject,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Patchferry-Kind': value },
          text: words,
        }))

      const bytes = mails.map((mail) => composeMail(mail))
      const read = readWithPython(bytes)

      const lines = Buffer.concat(bytes).toString('latin1').split('\r\n')
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(998)
      expect(read).toHaveLength(mails.length)
      read.forEach((found, index) => {
        const sent = mails[index] ?? mail
        expect(found.defects).toEqual([])
        expect(
          found.fields.filter((field) => !/^(Subject|X-Patchferry-Kind)$/.test(field)),
        ).toEqual(fields.filter((field) => field !== 'Subject'))
        expect(found.addresses).toEqual({
          from: [['Patchferry', 'bot@ci.example']],
          to: [
            [
              shown(sent.to[0]?.name ?? '')
                .replaceAll('=?', '= ?')
                .slice(0, 200),
              'ada@ada.example',
            ],
          ],
          cc: [
            ['', 'frob-devel@lists.example'],
            ['Bob', 'bob@bob.example'],
          ],
          bcc: [],
        })
        expect(found.values['subject'] ?? '').toBe(shown(sent.subject))
        expect(found.body).toBe(carried(sent.text))
      })
    },
  )
})

/** What of a text a header can show. */
function shown(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .trim()
}

/** What of a text a mail body can carry. */
function carried(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/\n*$/, '\n')
    .replaceAll('\n', '\r\n')
}

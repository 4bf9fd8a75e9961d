import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bounce, BouncedRecipient } from '../../../src/core/report/bounce.ts'
import { parseMail } from '../../../src/mail/parse/parse-mail.ts'
import { cpuNow } from '../../support/cpu-now.ts'

const sentTo = 'bot+b-0123456789abcdef0123aaaaaaaaaaaaaaaa@ci.example'

function read(mail: string | Uint8Array): Bounce | null {
  const parsed = parseMail(Buffer.from(mail))
  if (parsed.outcome !== 'message') {
    throw new Error(parsed.reason.message)
  }
  expect(parsed.message.isAutomatic).toBe(true)
  expect(parsed.message.patch).toBeNull()
  return parsed.body.bounce
}

/** Made by Postfix 3.7 on a machine of its own. */
function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`../../fixtures/bounce/${name}.eml`, import.meta.url))
}

function mail(headers: readonly string[], body: string): string {
  return ['Return-Path: <>', `To: ${sentTo}`, ...headers, '', body].join('\n')
}

const copy = [
  'Received: from ci.example by mx.ci.example; Sat, 21 Nov 2026 10:00:00 +0000',
  'From: Patchferry <bot@ci.example>',
  'To: Ada <gone@ada.example>, other@ada.example',
  'Subject: Re: [PATCH] frob',
  '',
  'It works.',
].join('\n')

const qmail = mail(
  ['From: MAILER-DAEMON@mx.ada.example', 'Subject: failure notice'],
  `Hi. This is the qmail-send program at mx.ada.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<gone@ada.example>:
Sorry, no mailbox here by that name. (#5.1.1)

<full@ada.example>:
192.0.2.1 does not like recipient.
Remote host said: 452 4.2.2 over quota
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

${copy}`,
)

const exim = mail(
  [
    'From: Mail Delivery System <Mailer-Daemon@mx.ada.example>',
    'X-Failed-Recipients: gone@ada.example',
    'Auto-Submitted: auto-replied',
    'Subject: Mail delivery failed: returning message to sender',
  ],
  `This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  gone@ada.example
    host mx.ada.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<gone@ada.example>:
    550 5.1.1 unknown user

------ This is a copy of the message, including all the headers. ------

${copy}`,
)

const eximWarning = mail(
  [
    'From: Mail Delivery System <Mailer-Daemon@mx.ada.example>',
    'Auto-Submitted: auto-replied',
    'Subject: Warning: message 1abcde-000001-00 delayed 24 hours',
  ],
  `This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.ada.example.

The address to which the message has not yet been delivered is:

  slow@bob.example
    Delay reason: connection timed out

No action is required on your part.`,
)

const exchangeWithoutStatus = mail(
  [
    'From: "Mail Delivery Subsystem" <postmaster@ada.example>',
    'Subject: Undeliverable: Re: [PATCH] frob',
    'Content-Type: text/html; charset=utf-8',
  ],
  `<html><body><p>Delivery has failed to these recipients or groups:</p>
<p><a href="mailto:gone@ada.example">gone@ada.example</a><br>
The e-mail address you entered couldn't be found.</p>
<p>#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##</p></body></html>`,
)

/** Exchange Online and others give the address after an alias or a forward. */
const forwarded = mail(
  [
    'From: <postmaster@outlook.example>',
    'Subject: =?utf-8?q?Unzustellbar:_Re:_[PATCH]?=',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
  ],
  `--b
Content-Type: text/plain; charset=utf-8

Ihre Nachricht konnte nicht zugestellt werden.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns;mx.outlook.example

Final-Recipient: rfc822;ada.lovelace@outlook.example
Original-Recipient: rfc822;gone@ada.example
Action: failed
Status: 5.7.1
Diagnostic-Code: smtp;550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized
--b
Content-Type: text/rfc822-headers

${copy}
--b--`,
)

const international = mail(
  [
    'From: <MAILER-DAEMON@mx.example>',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
  ],
  `--b
Content-Type: message/global-delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: utf-8; jörg@bücher.example
Action: failed (out of luck)
Status: 5.1.1 (unknown)
--b--`,
)

function failed(facts: Partial<BouncedRecipient>): BouncedRecipient {
  return {
    addresses: ['gone@ada.example'],
    outcome: 'failed',
    status: '5.1.1',
    reason: expect.any(String),
    ...facts,
  }
}

describe('bounces', () => {
  it.each<[string, string | Uint8Array, readonly BouncedRecipient[]]>([
    [
      'Postfix, failed for two',
      fixture('postfix-failed'),
      [
        failed({
          reason:
            '550 5.1.1 <gone@ada.example>: Recipient address rejected: User unknown in local recipient table',
        }),
        failed({ addresses: ['full@carol.example'], status: '5.2.2' }),
      ],
    ],
    [
      'Postfix, delayed',
      fixture('postfix-delayed'),
      [failed({ addresses: ['slow@bob.example'], outcome: 'delayed', status: '4.7.1' })],
    ],
    [
      'Postfix, relayed',
      fixture('postfix-relayed'),
      [failed({ addresses: ['frob-devel@lists.example'], outcome: 'delivered', status: '2.0.0' })],
    ],
    [
      'qmail',
      qmail,
      [
        failed({ reason: 'Sorry, no mailbox here by that name. (#5.1.1)' }),
        failed({ addresses: ['full@ada.example'], status: '4.2.2' }),
      ],
    ],
    ['Exim', exim, [failed({})]],
    [
      'Exim, delayed',
      eximWarning,
      [failed({ addresses: ['slow@bob.example'], outcome: 'delayed', status: null })],
    ],
    ['Exchange without a status part', exchangeWithoutStatus, [failed({ status: null })]],
    [
      'a forwarded mail',
      forwarded,
      [
        failed({
          addresses: ['gone@ada.example', 'ada.lovelace@outlook.example'],
          status: '5.7.1',
        }),
      ],
    ],
    [
      'an address beyond ASCII',
      international,
      [failed({ addresses: ['jörg@bücher.example'], reason: '' })],
    ],
  ])('of %s are read', (_name, bytes, recipients) => {
    const bounce = read(bytes)

    expect(bounce?.recipients).toEqual(recipients)
    expect(bounce?.sentTo).toContain(sentTo)
  })

  it.each([
    [
      'somebody on holiday',
      mail(
        ['From: ada@ada.example', 'Auto-Submitted: auto-replied', 'Subject: Out of office'],
        'I am away. Write to bob@ada.example. Your mail could not be delivered to me.',
      ),
    ],
    [
      'a list whose moderator looks at it first',
      mail(
        [
          'From: frob-bounces@lists.example',
          'Precedence: bulk',
          'X-Auto-Response-Suppress: All',
          'Subject: Your message to frob-devel awaits moderator approval',
        ],
        'Your mail to frob-devel@lists.example is being held until the list moderator can review it.',
      ),
    ],
    [
      'a report of abuse',
      mail(
        [
          'From: abuse@ada.example',
          'Content-Type: multipart/report; report-type=feedback-report; boundary=b',
        ],
        '--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--b--',
      ),
    ],
    [
      'a mail system that speaks of something else',
      mail(['From: postmaster@ada.example', 'Subject: quota'], 'ada@ada.example is at 91 %.'),
    ],
  ])('is not what %s writes', (_name, bytes) => {
    expect(read(bytes)).toBeNull()
  })

  it('is not what a person writes, who quotes one', () => {
    const parsed = parseMail(
      Buffer.from(qmail.replace(/^Return-Path.*\n/, '').replace('MAILER-DAEMON', 'ada')),
    )

    expect(parsed).toMatchObject({ message: { isAutomatic: false }, body: { bounce: null } })
  })

  it('never throws and stays small, whatever a status part holds', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.constantFrom(
        'Final-Recipient: rfc822; a@b.example',
        'Original-Recipient:',
        'Action: failed',
        'Action:',
        'Status: 5.1.1',
        '',
        ' folded',
        'Diagnostic-Code: smtp; 550 \u0000\u2028 x',
      ),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const bounce = read(
          mail(
            [
              'From: <>',
              'Auto-Submitted: auto-replied',
              'Content-Type: multipart/report; boundary=b',
            ],
            `--b\nContent-Type: message/delivery-status\n\n${lines.join('\n')}\n--b--`,
          ),
        )
        for (const { addresses, reason } of bounce?.recipients ?? []) {
          expect(addresses.length).toBeGreaterThan(0)
          expect(reason).toMatch(/^\P{Cc}{0,300}$/u)
        }
      }),
    )
  })

  it('takes no time for a hostile text', () => {
    const text = `Hi. This is the qmail\n${'<a@b.example>:\n\n'.repeat(40_000)}${'a@'.repeat(200_000)}`
    const started = cpuNow()

    read(mail(['From: MAILER-DAEMON@x.example', 'Subject: failure notice'], text))
    read(mail(['From: MAILER-DAEMON@x.example', 'Subject: Undeliverable'], text.slice(30)))

    expect(cpuNow() - started).toBeLessThan(1_000)
  })
})

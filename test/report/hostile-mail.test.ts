import { domainToASCII } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Mailbox } from '../../src/core/message.ts'
import { defaultReportPolicy, forEveryKind } from '../../src/core/report/default-report-policy.ts'
import { knownBots } from '../../src/core/report/other-bots.ts'
import type { OutgoingMail } from '../../src/core/report/outgoing-mail.ts'
import { addressReport } from '../../src/core/report/report-policy.ts'
import { parseMail } from '../../src/mail/parse/parse-mail.ts'
import { composeMail } from '../../src/mail/send/compose-mail.ts'
import { envelopeOf } from '../../src/mail/send/envelope.ts'
import { createMailReporter } from '../../src/report/mail-reporter.ts'
import { sampleReports } from '../../src/report/sample-report.ts'
import { hasPython, readWithPython } from '../mail/send/read-with-python.ts'
import { mailTemplates } from './mail-templates.ts'

const reporter = createMailReporter(mailTemplates)
const bot: Mailbox = { name: 'Patchferry', address: 'bot@ci.example' }
const list: Mailbox = { name: '', address: 'frob-devel@lists.example' }
const returnPath = 'bot+b-0123456789abcdef01230123456789abcdef@ci.example'
const runs = Number(process.env['PATCHFERRY_FUZZ_RUNS'] ?? 400)
const victim = 'victim@x.example'

/** What has broken mail software before, as it can stand in any field of a mail. */
const trap = fc.constantFrom(
  `a\nBcc: ${victim}`,
  `a\r\nBcc: ${victim}\r\n\r\nbody`,
  `=?utf-8?q?=0D=0ABcc:_${victim}?=`,
  '=?utf-8?b?DQpCY2M6IHZpY3RpbUB4LmV4YW1wbGU=?=',
  `=?utf-8?q?a=2C_?= <${victim}>`,
  `a@b.example>,<${victim}`,
  `"a@b.example>, <${victim}"@c.example`,
  `"Ada, <${victim}>" <ada@ada.example>`,
  `"quoted local"@c.example`,
  `a@b.example\\, ${victim}`,
  `Group: a@b.example, ${victim};`,
  `<@relay.example:${victim}>`,
  '<a@b.example> NOTIFY=SUCCESS ORCPT=rfc822;x',
  'a@b.example\u0000c@d.example',
  'a@b.example\u0085\u2028Bcc: x',
  'jörg@bücher.example',
  'ada@例え.example',
  'ada@xn--r8jz45g.example',
  `ada(${victim})@ada.example`,
  'ada@[192.0.2.1]',
  `${'x'.repeat(300)}@ada.example`,
  `ada@${'x.'.repeat(200)}example`,
  'undisclosed-recipients:;',
  '<>',
  '',
  'x'.repeat(5000),
  '\u001b[31mred\u0007',
  '<a@b.example> <c@d.example>',
  '<a b@c.example>',
  '<a\tb@c.example>',
  '<\u00e4@c.example>',
)

const value = fc.oneof(
  { weight: 3, arbitrary: trap },
  {
    weight: 1,
    arbitrary: fc.array(trap, { minLength: 2, maxLength: 4 }).map((all) => all.join(', ')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 120 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 120 }) },
)

const fieldNames = [
  'From',
  'To',
  'Cc',
  'Reply-To',
  'Mail-Followup-To',
  'Subject',
  'Message-ID',
  'In-Reply-To',
  'References',
  'List-Id',
  'List-Post',
  'X-Original-From',
  'Date',
] as const

const original = fc.record({
  values: fc.tuple(...fieldNames.map(() => fc.option(value))),
  config: fc.tuple(value, value, value),
})

interface Answer {
  readonly mail: OutgoingMail
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
}

/** What goes out about a hostile mail, by the way of the service; null where nothing does. */
function answer({
  values,
  config,
}: typeof original extends fc.Arbitrary<infer T> ? T : never): Answer | null {
  const header = fieldNames.flatMap((name, index) => {
    const text = values[index]
    return typeof text === 'string' ? [`${name}: ${text}\n`] : []
  })
  const parsed = parseMail(
    Buffer.from(`Subject: [PATCH] x\nFrom: eve@eve.example\n${header.join('')}\nx\n`),
  )
  if (parsed.outcome !== 'message') {
    return null
  }
  const { message, body } = parsed
  const [name, project, version] = config
  const addressing = addressReport(
    'failure',
    { ...defaultReportPolicy([]), audience: forEveryKind(() => 'author-and-list') },
    {
      submitter: message.submitter,
      to: message.to,
      cc: message.cc,
      isRfc: false,
      isTaggedSkip: false,
      isAutomatic: false,
      wishes: body.wishes,
      list: {
        name,
        address: list.address,
        listId: null,
        archiveUrl: null,
        sources: [],
        ignoredPrefixes: [],
      },
      bot,
      otherBots: knownBots,
      bouncing: [],
      optedOut: [],
      optedIn: [],
    },
  )
  if (addressing.outcome === 'quiet') {
    return null
  }
  const [report] = sampleReports('failure')
  const { to, cc, audience } = addressing
  const mail = reporter.render(
    {
      ...report,
      project,
      version,
      list: { ...report.list, name },
      submitter: message.submitter,
      answers: { ...message },
    },
    { from: bot, key: 'report', audience, to, cc, maintainers: message.cc },
  )
  return { mail, to, cc }
}

/** In the form that is compared: host names as they go over the wire. */
function plain(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1))}`
}

function addressesOf(mailboxes: readonly Mailbox[]): readonly string[] {
  return mailboxes.map(({ address }) => plain(address))
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
  'X-Auto-Response-Suppress',
  'X-Patchwork-Hint',
  'X-Patchferry-Report',
  'X-Patchferry-List',
  'X-Patchferry-Project',
  'X-Patchferry-Topic',
  'X-Patchferry-Version',
  'MIME-Version',
  'Content-Transfer-Encoding',
  'Content-Type',
]

describe('a report on a hostile mail', () => {
  const answers = fc
    .sample(original, { numRuns: runs, seed: 4711 })
    .flatMap((one) => answer(one) ?? [])

  it.runIf(hasPython || process.env['CI'] === 'true')(
    'has the header and the recipients that were meant, and no others (needs python3)',
    () => {
      const bytes = answers.map(({ mail }) => Buffer.from(composeMail(mail)))
      const read = readWithPython(bytes)

      expect(answers.length).toBeGreaterThan(runs / 4)
      expect(read).toHaveLength(answers.length)
      read.forEach((found, index) => {
        const { mail, to, cc } = answers[index] ?? { mail: null, to: [], cc: [] }
        expect(found.defects).toEqual([])
        expect(found.fields).toEqual(
          fields.filter(
            (field) =>
              (field !== 'In-Reply-To' || mail?.inReplyTo !== null) &&
              (field !== 'References' || (mail?.references.length ?? 0) > 0) &&
              (field !== 'Cc' || cc.length > 0) &&
              mail?.headers[field]?.trim() !== '',
          ),
        )
        function written(field: string): readonly string[] {
          return (found.addresses[field] ?? []).map(([, address]) => plain(address))
        }
        expect(written('from')).toEqual([bot.address])
        expect(written('to')).toEqual(addressesOf(to))
        expect(written('cc')).toEqual(addressesOf(cc))
        expect(written('bcc')).toEqual([])
        expect(found.values['auto-submitted']).toBe('auto-generated')
        expect((found.values['references'] ?? '').trim()).toBe(
          (mail?.references ?? []).map((id) => `<${id}>`).join(' '),
        )
      })
    },
  )

  it('has lines that SMTP carries, and a subject of one line', () => {
    for (const found of answers) {
      const [head = ''] = Buffer.from(composeMail(found.mail)).toString('latin1').split('\r\n\r\n')

      expect(head).toMatch(/^[\t\r\n -~\x80-\xff]*$/)
      expect(head.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
      expect(Math.max(...head.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998)
      expect(found.mail.subject).toMatch(/^Re: [^\p{Cc}]*$/u)
    }
  })

  it('is offered to the recipients in its header, in words that are no SMTP commands', () => {
    for (const { mail, to, cc } of answers) {
      const envelope = envelopeOf(mail, returnPath)

      expect(envelope.from).toBe(returnPath)
      expect(new Set(envelope.to)).toEqual(new Set(addressesOf([...to, ...cc])))
      for (const address of envelope.to) {
        expect(address).toMatch(/^[!-;=?A-~]{1,64}@[A-Za-z0-9.-]{1,253}$/)
      }
    }
  })

  it('is written to nobody whom a trap names, but where it is an address by itself', () => {
    const meant = answers.flatMap(({ to, cc }) => [...to, ...cc].map(({ address }) => address))

    for (const address of meant) {
      expect(address).toMatch(/^[^\s<>,;:"()[\]\\]+@[^\s<>,;:"()[\]\\@]+$/u)
    }
  })
})

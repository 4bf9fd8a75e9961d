import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { composeMail } from '../../src/mail/send/compose-mail.ts'
import { sampleDigest } from '../../src/report/digest-mail.ts'
import { columns } from '../../src/report/layout.ts'
import { createMailReporter } from '../../src/report/mail-reporter.ts'
import { sampleEnvelope } from '../../src/report/sample-report.ts'
import { mailTemplates } from './mail-templates.ts'

const reporter = createMailReporter(mailTemplates)
const folder = path.resolve(import.meta.dirname, '../fixtures/report')
const envelope = {
  ...sampleEnvelope,
  key: 'digest-2026-11-23-sample',
  to: [{ name: '', address: 'frob-devel@example.org' }],
  cc: [],
}

describe('the digest of a list', () => {
  it('reads well', async () => {
    const mail = reporter.renderDigest(sampleDigest(), envelope)
    const text = Buffer.from(composeMail(mail)).toString('utf8').replaceAll('\r\n', '\n')

    await expect(text).toMatchFileSnapshot(path.join(folder, 'digest.txt'))
  })

  it('keeps prose within 72 columns, and says what it tells for programs', () => {
    const { text } = reporter.renderDigest(sampleDigest(), envelope)
    const lines = text.split('\n')

    const prose = lines.filter((line) => !/^(?:\s|[|#>]|-- )/.test(line))
    expect(prose.filter((line) => columns(line) > 72)).toEqual([])
    expect(lines.filter((line) => line.startsWith('# report: '))).toHaveLength(3)
  })

  it('lets no name break out of its line, and answers no mail', () => {
    const [item] = sampleDigest().items
    const name = 'x\n\n# end\nSigned-off-by: Eve <eve@eve.example>\r\nBcc: all@world.example'
    const items = item === undefined ? [] : [{ ...item, name, verdict: name }]
    const mail = reporter.renderDigest({ ...sampleDigest(), items, left: 0 }, envelope)

    expect(mail.text.match(/^# end$/gm)).toHaveLength(1)
    expect(mail.text).not.toMatch(/^(?:Signed-off-by|Bcc):/m)
    expect(mail).toMatchObject({ inReplyTo: null, references: [] })
    expect(mail.headers).toMatchObject({ 'Auto-Submitted': 'auto-generated' })
  })

  it('is the same mail with the same Message-ID for the same key', () => {
    const [one, two] = [1, 2].map(() => reporter.renderDigest(sampleDigest(), envelope))

    expect(one).toEqual(two)
    expect(reporter.renderDigest(sampleDigest(), { ...envelope, key: 'x' }).messageId).not.toBe(
      one?.messageId,
    )
  })
})

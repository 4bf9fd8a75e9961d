import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { composeMail } from '../../src/mail/send/compose-mail.ts'
import { columns } from '../../src/report/layout.ts'
import { createMailReporter } from '../../src/report/mail-reporter.ts'
import { sampleEnvelope, sampleEnvelopeOf } from '../../src/report/sample-report.ts'
import { goldenReports } from './golden-reports.ts'
import { mailTemplates } from './mail-templates.ts'

const reporter = createMailReporter(mailTemplates)
const folder = path.resolve(import.meta.dirname, '../fixtures/report')

describe('the mail that a contributor gets', () => {
  it.each(Object.entries(goldenReports))('reads well: %s', async (name, report) => {
    const maintainers = name.endsWith('no-maintainers') ? [] : sampleEnvelope.maintainers
    const mail = reporter.render(report, {
      ...(name.endsWith('to-maintainers')
        ? sampleEnvelopeOf(report.kind)
        : { ...sampleEnvelope, to: [report.submitter] }),
      maintainers,
    })

    const text = Buffer.from(composeMail(mail)).toString('utf8').replaceAll('\r\n', '\n')

    await expect(text).toMatchFileSnapshot(path.join(folder, `${name}.txt`))
  })

  it.each(Object.entries(goldenReports))('keeps prose within 72 columns: %s', (_name, report) => {
    const { text } = reporter.render(report, sampleEnvelope)

    const prose = text.split('\n').filter((line) => !/^(?:\s|[|#>]|-- )/.test(line))

    expect(prose.filter((line) => columns(line) > 72)).toEqual([])
    expect(text).toMatch(/[^\n]\n$/)
  })
})

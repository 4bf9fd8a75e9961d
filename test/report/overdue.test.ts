import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/core/report/report.ts'
import { composeMail } from '../../src/mail/send/compose-mail.ts'
import { columns } from '../../src/report/layout.ts'
import { createMailReporter } from '../../src/report/mail-reporter.ts'
import { sampleEnvelope, sampleReports } from '../../src/report/sample-report.ts'
import { mailTemplates } from './mail-templates.ts'

const reporter = createMailReporter(mailTemplates)
const folder = path.resolve(import.meta.dirname, '../fixtures/report')
const [error] = sampleReports('error')
const [failure] = sampleReports('failure')

const reports: Readonly<Record<string, Report>> = {
  'error-overdue': { ...error, failures: [], overdue: ['unit'] },
  'failure-overdue': { ...failure, overdue: ['build (arm64)', 'unit on the base'] },
}

describe('a report that did not wait any longer', () => {
  it.each(Object.entries(reports))('says what is missing: %s', async (name, report) => {
    const mail = reporter.render(report, { ...sampleEnvelope, to: [report.submitter] })
    const text = Buffer.from(composeMail(mail)).toString('utf8').replaceAll('\r\n', '\n')
    const prose = mail.text.split('\n').filter((line) => !/^(?:\s|[|#>]|-- )/.test(line))

    expect(prose.filter((line) => columns(line) > 72)).toEqual([])
    await expect(text).toMatchFileSnapshot(path.join(folder, `${name}.txt`))
  })

  it('names each for programs', () => {
    const [, overdue] = Object.values(reports)
    const { text } = reporter.render(overdue ?? error, sampleEnvelope)

    expect(text.match(/^# overdue-check: .*$/gm)).toHaveLength(2)
  })
})

import type { OutgoingMail } from '../core/outgoing-mail.ts'
import type { ReportKind } from '../core/project.ts'
import { composeMail } from '../mail/send/compose-mail.ts'
import { createMailReporter } from '../report/mail-reporter.ts'
import { sampleEnvelope, sampleReports } from '../report/sample-report.ts'
import { loadTemplates } from './load-templates.ts'

export { reportKinds } from '../report/sample-report.ts'

/** A made-up report of this kind, with all that it can say, as a mail; `raw` is what would be sent, with LF line ends. */
export function previewMail(kind: ReportKind): {
  readonly mail: OutgoingMail
  readonly raw: string
} {
  const [, most] = sampleReports(kind)
  const mail = createMailReporter(loadTemplates('mail')).render(most, sampleEnvelope)
  const raw = Buffer.from(composeMail(mail)).toString('utf8').replaceAll('\r\n', '\n')
  return { mail, raw }
}

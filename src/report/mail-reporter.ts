import type { Mailbox } from '../core/message.ts'
import { reportMessageId } from '../core/outgoing-id.ts'
import type { OutgoingMail } from '../core/outgoing-mail.ts'
import type { Report } from '../core/report.ts'
import { layOut } from './layout.ts'
import { machineTail } from './machine-tail.ts'
import { mailView } from './mail-view.ts'
import { plainLine } from './plain-text.ts'
import type { Envelope, Reporter } from './reporter.ts'
import { reportKinds, sampleEnvelope, sampleReports } from './sample-report.ts'
import { templateEngine } from './template-engine.ts'
import { replySubject, threadingOf } from './threading.ts'

function withPlainName({ name, address }: Mailbox): Mailbox {
  return { name: plainLine(name, 100), address }
}

/**
 * Reports as mails. `templates` are the texts of templates/mail by file name without ending: one for each kind of
 * report, and those they include. Each is filled in once with samples, so that a mistake shows at the start and not
 * with the first report: throws REPORT_TEMPLATE_MISSING and REPORT_TEMPLATE_INVALID.
 */
export function createMailReporter(templates: Readonly<Record<string, string>>): Reporter {
  const fill = templateEngine(templates)

  function render(report: Report, envelope: Envelope): OutgoingMail {
    const text = layOut(fill(report.kind, mailView(report, envelope)))
    return {
      messageId: reportMessageId(envelope.key, envelope.from.address.split('@').at(-1) ?? ''),
      ...threadingOf(report.answers),
      from: envelope.from,
      to: envelope.to.map(withPlainName),
      cc: envelope.cc.map(withPlainName),
      subject: replySubject(report.answers.subject),
      date: report.at,
      text: `${text}\n\n${machineTail(report)}\n`,
      headers: {
        'Auto-Submitted': 'auto-generated',
        'X-Auto-Response-Suppress': 'All',
        'X-Patchwork-Hint': 'ignore',
        'X-Patchferry-Report': report.kind,
        'X-Patchferry-List': plainLine(report.list.name, 80),
        'X-Patchferry-Project': plainLine(report.project, 80),
        'X-Patchferry-Topic': report.topic,
        'X-Patchferry-Version': plainLine(report.version, 20),
      },
    }
  }

  for (const kind of reportKinds) {
    for (const report of sampleReports(kind)) {
      render(report, sampleEnvelope)
    }
  }
  return { render }
}

import { BotError } from '../core/bot-error.ts'
import type { TopicId } from '../core/ids.ts'
import type { Mailbox } from '../core/message.ts'
import { type MailKind, reportKinds } from '../core/project.ts'
import { reportMessageId } from '../core/report/outgoing-id.ts'
import type { OutgoingMail } from '../core/report/outgoing-mail.ts'
import type { Report } from '../core/report/report.ts'
import { renderDigest, sampleDigest } from './digest-mail.ts'
import { layOut } from './layout.ts'
import { machineTail } from './machine-tail.ts'
import { mailView } from './mail-view.ts'
import { renderNotice, sampleInstallation, sampleNotice } from './notice-mail.ts'
import { plainLine } from './plain-text.ts'
import type { Envelope, Reporter } from './reporter.ts'
import { sampleEnvelope, sampleReports } from './sample-report.ts'
import { type FillTemplate, templateEngine } from './template-engine.ts'
import { replySubject, threadingOf } from './threading.ts'

function withPlainName({ name, address }: Mailbox): Mailbox {
  return { name: plainLine(name, 100), address }
}

/** Templates of an operator: each takes the place of ours of the same name. */
export interface OwnTemplates {
  readonly texts: Readonly<Record<string, string>>
  /** The file of each, as an error names it. */
  readonly files: Readonly<Record<string, string>>
  /** Is told of what goes wrong with them when a report is written; ours are used then. */
  onFault(fault: BotError, mail: { readonly kind: MailKind; readonly topic: TopicId | null }): void
}

/**
 * Templates of `own` that nothing uses: neither a kind of report nor the name of one of ours, and included by no other.
 * Most often a misspelt name.
 */
export function unusedTemplates(
  templates: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): readonly string[] {
  const all = Object.values({ ...templates, ...own }).join('\n')
  const included = new Set(
    [...all.matchAll(/\{%-?\s*(?:include|render)\s+["']([^"']+)["']/g)].map(([, name]) => name),
  )
  return Object.keys(own).filter((name) => !(name in templates) && !included.has(name))
}

/**
 * Reports as mails. `templates` are the texts of templates/mail by file name without ending: one for each kind of
 * report, and those they include. Each is filled in once with samples, so that a mistake shows at the start and not
 * with the first report: throws REPORT_TEMPLATE_MISSING and REPORT_TEMPLATE_INVALID. Where a template of `own` fails
 * later, its report is written with ours: none is lost for it. `areTried`: somebody has filled in `templates` before, and
 * only those of `own` may hold a mistake.
 */
export function createMailReporter(
  templates: Readonly<Record<string, string>>,
  own: OwnTemplates | null = null,
  { areTried = false }: { readonly areTried?: boolean } = {},
): Reporter {
  const fill = templateEngine(templates)
  const fillOwn = own === null ? null : templateEngine({ ...templates, ...own.texts }, own.files)

  function textOf(report: Report, envelope: Envelope, fillWith: FillTemplate): string {
    const text = layOut(fillWith(report.kind, mailView(report, envelope)))
    if (text === '') {
      const file = own?.files[report.kind] ?? report.kind
      throw new BotError('REPORT_TEMPLATE_INVALID', `mail template ${file}: it says nothing`, {
        retry: 'after-human',
        details: { template: report.kind },
      })
    }
    return text
  }

  function safeTextOf(report: Report, envelope: Envelope): string {
    if (own !== null && fillOwn !== null) {
      try {
        return textOf(report, envelope, fillOwn)
      } catch (error) {
        if (!(error instanceof BotError)) {
          throw error
        }
        own.onFault(error, report)
      }
    }
    return textOf(report, envelope, fill)
  }

  function render(report: Report, envelope: Envelope): OutgoingMail {
    const text = safeTextOf(report, envelope)
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

  /** With the operator's templates, or with ours where those fail. */
  function safely(kind: MailKind, write: (fillWith: FillTemplate) => OutgoingMail): OutgoingMail {
    if (own !== null && fillOwn !== null) {
      try {
        return write(fillOwn)
      } catch (error) {
        if (!(error instanceof BotError)) {
          throw error
        }
        own.onFault(error, { kind, topic: null })
      }
    }
    return write(fill)
  }

  for (const fillWith of [areTried ? null : fill, fillOwn].filter((one) => one !== null)) {
    for (const report of reportKinds.flatMap(sampleReports)) {
      textOf(report, sampleEnvelope, fillWith)
    }
    renderDigest(sampleDigest(), sampleEnvelope, fillWith)
    renderNotice(
      sampleNotice(),
      [],
      { ...sampleEnvelope, installation: sampleInstallation },
      fillWith,
    )
  }
  return {
    render,
    renderDigest: (digest, envelope) =>
      safely('digest', (fillWith) => renderDigest(digest, envelope, fillWith)),
    renderNotice: (notice, bad, envelope) =>
      safely('operator', (fillWith) => renderNotice(notice, bad, envelope, fillWith)),
  }
}

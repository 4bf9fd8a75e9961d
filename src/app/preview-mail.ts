import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import type { MailKind, ReportKind } from '../core/project.ts'
import type { OutgoingMail } from '../core/report/outgoing-mail.ts'
import { findTopic } from '../flow/acts/inspect.ts'
import { previewReport } from '../flow/report/preview-report.ts'
import { openUpstreamStores } from '../git/engine/upstream-store.ts'
import { parseMail } from '../mail/parse/parse-mail.ts'
import { composeMail } from '../mail/send/compose-mail.ts'
import { sampleDigest } from '../report/digest-mail.ts'
import { sampleInstallation, sampleNotice } from '../report/notice-mail.ts'
import { sampleEnvelope, sampleEnvelopeOf, sampleReports } from '../report/sample-report.ts'
import { withStore } from './inspect-store.ts'
import { installationOf } from './installation.ts'
import { openMailReporter } from './load-templates.ts'
import { openLog, systemClock } from './open-log.ts'
import { openArchive } from './open-records.ts'
import { openProject } from './runtime.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

/** A mail that is not sent; `raw` is what would be, with LF line ends. */
export interface MailPreview {
  readonly outcome: 'rendered'
  readonly mail: OutgoingMail
  readonly raw: string
  /** Why nobody is told of it; null where it would be sent. */
  readonly quiet: string | null
}

export type MailPreviewResult =
  | MailPreview
  | { readonly outcome: 'refused'; readonly message: string }

function toPreview(mail: OutgoingMail, quiet: string | null): MailPreview {
  const raw = Buffer.from(composeMail(mail)).toString('utf8').replaceAll('\r\n', '\n')
  return { outcome: 'rendered', mail, raw, quiet }
}

/** The configuration whose templates are shown: none where nobody named one and there is none. */
async function configOf(
  file: { readonly path: string; readonly isGiven: boolean },
  terminal: Terminal,
): Promise<Config | null> {
  return file.isGiven || existsSync(path.resolve(terminal.cwd, file.path))
    ? loadConfig(file.path, terminal.env, 'when-used')
    : null
}

/** A made-up report of this kind, with all that it can say, a digest, or a word to the operator, by the configured templates. */
export async function previewSample(
  kind: MailKind,
  configFile: { readonly path: string; readonly isGiven: boolean },
  terminal: Terminal,
): Promise<MailPreview> {
  const config = await configOf(configFile, terminal)
  const log = config === null ? null : openLog(config, terminal)
  const { reporter } = openMailReporter(config?.mailTemplates ?? null, log)
  if (kind === 'digest') {
    return toPreview(reporter.renderDigest(sampleDigest(), sampleEnvelope), null)
  }
  if (kind === 'operator') {
    const installation = config === null ? sampleInstallation : installationOf(config)
    const envelope = { ...sampleEnvelope, installation }
    return toPreview(reporter.renderNotice(sampleNotice(), [], envelope), null)
  }
  const [, most] = sampleReports(kind)
  return toPreview(reporter.render(most, sampleEnvelopeOf(kind)), null)
}

/** The report on a topic as it would be written now, beside a running service. Nothing is stored. */
export async function previewTopic(
  kind: ReportKind,
  id: string,
  version: string | null,
  configFile: string,
  terminal: Terminal,
): Promise<MailPreviewResult> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  const layout = stateLayout(config.stateDirectory)
  const log = openLog(config, terminal)
  const { reporter } = openMailReporter(config.mailTemplates, log)
  return withStore(config, terminal, async (store) => {
    const topic = await store.read((reader) => findTopic(id, reader))
    if (topic === null) {
      const message = `there is no topic ${id}; \`patchferry status\` lists the topics`
      return { outcome: 'refused', message }
    }
    const name = (await store.read((reader) => reader.topic(topic)))?.project
    const configured = config.projects.filter((project) => project.name === name)
    const archive = await openArchive(layout.archive, log)
    const upstreams = openUpstreamStores(layout.upstreams)
    const projects = await Promise.all(
      configured.map((project) =>
        openProject(project, layout, upstreams, {
          clock: systemClock,
          log,
          budgets: new Map(),
        }),
      ),
    )
    try {
      const result = await previewReport(
        kind,
        topic,
        version,
        {
          store,
          archive,
          projects,
          reporter,
          parse: parseMail,
          bot: config.bot,
          otherBots: config.otherBots,
          clock: systemClock,
        },
        terminal.draining,
      )
      return result.outcome === 'refused' ? result : toPreview(result.mail, result.quiet)
    } finally {
      await Promise.all(projects.map(({ git }) => git.close()))
      await upstreams.close()
      await archive.close()
    }
  })
}

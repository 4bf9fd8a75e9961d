import type { BaseRung } from '../../core/apply/base-choice.ts'
import { judge } from '../../core/checks/verdict.ts'
import type { TopicId } from '../../core/ids.ts'
import { policyFor, type ReportKind } from '../../core/project.ts'
import type { ApplicationRecord, SeriesRecord, StoredMessage } from '../../core/records.ts'
import { reportKey } from '../../core/report/outgoing-id.ts'
import type { OutgoingMail } from '../../core/report/outgoing-mail.ts'
import { ownMails, versionText } from '../../core/series/series.ts'
import type { Topic } from '../../core/topic/topic.ts'
import { findBreak } from '../checks/find-break.ts'
import { findProject, type ProjectPorts } from '../ports.ts'
import { findDamage } from '../publish/find-damage.ts'
import { doubtsOf } from '../publish/publish-series.ts'
import { applicationOf } from '../series/refresh-topic.ts'
import {
  answeredMail,
  buildReport,
  headOf,
  listOf,
  type ReportPorts,
  type ReportRequest,
  readContext,
} from './build-report.ts'
import { overtakenBy, overtakenWords } from './overtaken.ts'
import { prepareReport } from './report-outcome.ts'

export type ReportPreview =
  | {
      readonly outcome: 'rendered'
      readonly mail: OutgoingMail
      /** Why nobody is told; then the mail is as the submitter alone would get it. Null where it would be sent. */
      readonly quiet: string | null
    }
  | { readonly outcome: 'refused'; readonly message: string }

/** All that the store has on one version. */
interface Known {
  readonly topic: Topic
  readonly record: SeriesRecord
  readonly application: ApplicationRecord | null
  readonly mails: readonly StoredMessage[]
  /** What the base ladder tried when it found none. */
  readonly rungs: readonly BaseRung[]
}

async function lookUp(
  id: TopicId,
  version: string | null,
  ports: ReportPorts,
): Promise<Known | null> {
  return ports.store.read(async (reader) => {
    const topic = await reader.topic(id)
    const versions = await reader.seriesOfTopic(id)
    const record =
      version === null
        ? versions.at(-1)
        : versions.find(({ series }) => versionText(series) === version)
    if (topic === null || record === undefined) {
      return null
    }
    const decisions = await reader.decisions({ topic: id })
    const missing = decisions.findLast(
      (one) => one.rule === 'base-missing' && one.version === versionText(record.series),
    )
    return {
      topic,
      record,
      application: applicationOf(record, await reader.applications(id)),
      mails: await reader.messages(ownMails(record.series)),
      rungs: (missing?.inputs['rungs'] ?? []) as readonly BaseRung[],
    }
  })
}

/** What the tests say of an applied version; null while they have not spoken. */
async function verdictRequest(
  known: Known,
  application: ApplicationRecord,
  { project, forge }: ProjectPorts,
  ports: ReportPorts,
): Promise<ReportRequest | null> {
  const head = headOf(application)
  if (head === null) {
    return null
  }
  const { own, base, look } = await ports.store.read(async (reader) => ({
    own: await reader.checks(head),
    base: await reader.checks(application.base),
    look: await reader.commitLook(project.name, head),
  }))
  // What the forge said is stored once all of it is in: a preview asks for nothing.
  if (forge.capabilities.checks && (look === null || look.settledAt === null)) {
    return null
  }
  const verdict = judge({
    sha: head,
    checks: own,
    baseChecks: base,
    expected: project.tests === null ? [] : [project.tests.name],
  })
  if (verdict.state === 'waiting' || verdict.state === 'no-checks') {
    return null
  }
  const found = await findBreak(verdict, application, [...own, ...base], project.tests, ports)
  const brokenBy = found.outcome === 'settled' ? found.brokenBy : null
  return { kind: verdict.state, record: known.record, application, verdict, brokenBy }
}

/** What there is to tell of a version now, worked out as when it was worked on; null while there is nothing. */
async function requestOf(
  known: Known,
  project: ProjectPorts,
  ports: ReportPorts,
  signal: AbortSignal,
): Promise<ReportRequest | null> {
  const { record, application, rungs } = known
  if (application === null) {
    return rungs.length === 0 ? null : { kind: 'base-missing', record, application, rungs }
  }
  switch (application.application.outcome) {
    case 'conflict': {
      const context = { situation: known, base: application.base, git: project.git }
      const { conflict } = application.application
      const damage = await findDamage(conflict, context, ports, signal)
      return damage === null
        ? { kind: 'conflict', record, application }
        : { kind: 'damaged', record, application, damage }
    }
    case 'empty':
      return { kind: 'merged', record, application }
    case 'applied':
      if (application.holds.length > 0 && application.approvedBy === null) {
        const kind = doubtsOf(known).length > 0 ? 'problem' : 'held'
        return { kind, record, application }
      }
      return verdictRequest(known, application, project, ports)
  }
}

/** The mail that the submitter would get if the policy were to tell them. */
async function forSubmitter(
  request: ReportRequest,
  project: ProjectPorts,
  ports: ReportPorts,
  signal: AbortSignal,
): Promise<OutgoingMail | null> {
  const { kind, record, application } = request
  const list = listOf(record, project.project)
  const context = await ports.store.read((reader) => readContext(record, reader, ports.clock()))
  const answered = answeredMail(request, context.mails)
  if (list === null || answered === null) {
    return null
  }
  const report = await buildReport(request, answered, context, list, project, ports, signal)
  const { anchor } = record.series
  const version = versionText(record.series)
  return ports.reporter.render(report, {
    from: ports.bot,
    key: reportKey({ list: list.name, anchor, version, head: headOf(application), kind }),
    audience: 'author',
    to: [record.series.submitter],
    cc: [],
    maintainers: policyFor(project.project, list.name).maintainers,
  })
}

function refused(message: string): ReportPreview {
  return { outcome: 'refused', message }
}

/**
 * The report on a version, the newest where none is named, as it would be written now from what the store knows.
 * Nothing is stored and nothing is sent. Refused where there is no such report to write.
 */
export async function previewReport(
  kind: ReportKind,
  id: TopicId,
  version: string | null,
  ports: ReportPorts,
  signal: AbortSignal,
): Promise<ReportPreview> {
  const known = await lookUp(id, version, ports)
  if (known === null) {
    return refused(`there is no version ${version ?? ''} of topic ${id}`.replace('  ', ' '))
  }
  const what = `version ${versionText(known.record.series)} of topic ${id}`
  const project = findProject(ports, known.topic.project)
  if (project === null) {
    return refused(`project ${known.topic.project} of topic ${id} is configured no more`)
  }
  const request = await requestOf(known, project, ports, signal)
  if (request === null) {
    return refused(`there is nothing to report of ${what} yet: its state is ${known.topic.state}`)
  }
  if (request.kind !== kind) {
    return refused(
      `the report on ${what} is of kind ${request.kind}: \`patchferry mail preview ${request.kind} ${id}\``,
    )
  }
  const prepared = await prepareReport(request, ports, signal)
  if (prepared !== null && prepared.mail !== null) {
    const own = versionText(known.record.series)
    const newest = await ports.store.read((reader) => overtakenBy(id, own, reader))
    const quiet = newest === null ? null : overtakenWords(own, newest)
    return { outcome: 'rendered', mail: prepared.mail, quiet }
  }
  const mail = await forSubmitter(request, project, ports, signal)
  if (mail === null) {
    return refused(`the list of topic ${id} is configured no more`)
  }
  const quiet = prepared?.addressing.outcome === 'quiet' ? prepared.addressing.why : 'no list'
  return { outcome: 'rendered', mail, quiet }
}

import { isTaggedSkip } from '../../core/checks/ci-tag.ts'
import type { Sha } from '../../core/ids.ts'
import type { ReplyWishes } from '../../core/message.ts'
import { policyFor, type ReportPolicy } from '../../core/project.ts'
import type { OutboxRecord, SeriesRecord, StoredMessage } from '../../core/records.ts'
import { isReportId, reportKey } from '../../core/report/outgoing-id.ts'
import { type Addressing, addressReport } from '../../core/report/report-policy.ts'
import { versionText } from '../../core/series/series.ts'
import type { StoreTransaction } from '../../store/store.ts'
import { type FlowPorts, findProject, type ProjectPorts } from '../ports.ts'
import {
  answeredMail,
  buildReport,
  headOf,
  listOf,
  type ReportPorts,
  type ReportRequest,
  readContext,
} from './build-report.ts'
import { awaitDigest, toDigestItem } from './digest-item.ts'
import { filedReports, isKeyFiled } from './filed-reports.ts'
import { initialState } from './initial-state.ts'
import { loopSign } from './loop-guard.ts'
import { noNews } from './no-news.ts'
import { overtakenBy, overtakenWords } from './overtaken.ts'

/** A report that is decided: filed in the transaction of what it tells of. */
export interface PreparedReport {
  readonly request: ReportRequest
  readonly key: string
  readonly head: Sha | null
  readonly project: string
  readonly list: string
  readonly addressing: Addressing
  /** Null where nobody is told. */
  readonly mail: OutboxRecord['mail'] | null
  readonly policy: ReportPolicy
  /** Why it may be part of a loop; null where nothing says so. */
  readonly loop: string | null
}

const verdictKinds = ['success', 'failure', 'error', 'no-checks'] as const
type VerdictKind = (typeof verdictKinds)[number]

/** The verdict that was reported, or is about to be, for exactly this version and head; null when none was. */
export async function verdictReported(
  record: SeriesRecord,
  head: Sha,
  { project }: ProjectPorts,
  ports: Pick<FlowPorts, 'store'>,
): Promise<VerdictKind | null> {
  const version = versionText(record.series)
  const list = listOf(record, project)?.name ?? ''
  return ports.store.read(async (reader) => {
    const filed = await filedReports(record.topic, reader)
    const found = filed.find((one) => one.version === version && one.head === head)
    for (const kind of verdictKinds) {
      // A person may have moved it from the topic that it was reported under.
      const key = reportKey({ list, anchor: record.series.anchor, version, head, kind })
      if (found?.kind === kind || (await isKeyFiled(key, reader))) {
        return kind
      }
    }
    return null
  })
}

async function readWishes(
  mail: StoredMessage,
  ports: Pick<FlowPorts, 'archive' | 'parse'>,
  signal: AbortSignal,
): Promise<ReplyWishes | null> {
  const [raw] = await ports.archive.rawMails([mail], signal)
  const parsed = raw === undefined ? null : ports.parse(raw)
  return parsed?.outcome === 'message' ? parsed.body.wishes : null
}

/** Decides who hears of an outcome and writes the mail; nothing is stored yet. Null when its list or project is configured no more. */
export async function prepareReport(
  request: ReportRequest,
  ports: ReportPorts,
  signal: AbortSignal,
): Promise<PreparedReport | null> {
  const { kind, record, application } = request
  const project = record.project === null ? null : findProject(ports, record.project)
  const list = project === null ? null : listOf(record, project.project)
  const context = await ports.store.read((reader) => readContext(record, reader, ports.clock()))
  const answered = answeredMail(request, context.mails)
  if (project === null || list === null || answered === null) {
    return null
  }
  const reports = policyFor(project.project, list.name)
  const addressing = addressReport(kind, reports, {
    submitter: record.series.submitter,
    to: answered.message.to,
    cc: answered.message.cc,
    isRfc: record.series.prefixes.some((word) => word.toUpperCase() === 'RFC'),
    isTaggedSkip: isTaggedSkip(
      kind,
      record.series,
      answered.message.messageId,
      context.mails.map(({ message }) => message),
    ),
    isAutomatic:
      answered.message.isAutomatic || isReportId(answered.message.messageId, ports.bot.address),
    wishes: await readWishes(answered, ports, signal),
    list,
    bot: ports.bot,
    otherBots: ports.otherBots,
    bouncing: context.bouncing,
    optedOut: context.optedOut,
    optedIn: context.optedIn,
  })
  const head = headOf(application)
  const version = versionText(record.series)
  const key = reportKey({ list: list.name, anchor: record.series.anchor, version, head, kind })
  const base = {
    request,
    key,
    head,
    project: project.project.name,
    list: list.name,
    addressing,
    policy: reports,
    loop: await ports.store.read((reader) => loopSign(answered.message, reader, ports)),
  }
  if (addressing.outcome === 'quiet') {
    return { ...base, mail: null }
  }
  const report = await buildReport(request, answered, context, list, project, ports, signal)
  const quiet = reports.timing[kind] === 'on-change' ? await noNews(record, report, ports) : null
  if (quiet !== null) {
    return { ...base, addressing: quiet, mail: null }
  }
  const mail = ports.reporter.render(report, {
    from: ports.bot,
    key,
    audience: addressing.audience,
    to: addressing.to,
    cc: addressing.cc,
    maintainers: reports.maintainers,
  })
  return { ...base, mail }
}

/**
 * One report per version and head, whatever its key: a cover that comes late makes no second one. And one per key,
 * whatever its topic: neither does a person who moves a version to another one.
 */
async function isFiled(report: PreparedReport, tx: StoreTransaction): Promise<boolean> {
  const { kind, record } = report.request
  if (await isKeyFiled(report.key, tx)) {
    return true
  }
  const version = versionText(record.series)
  const isVerdict = verdictKinds.some((one) => one === kind)
  const filed = await filedReports(record.topic, tx)
  return filed.some(
    (one) =>
      one.version === version &&
      one.head === report.head &&
      (one.kind === kind || (isVerdict && verdictKinds.some((verdict) => verdict === one.kind))),
  )
}

/**
 * Puts a report into the outbox, once, or notes why nobody is told: by policy, or because a newer version is complete
 * already. In the transaction of what it tells of.
 */
export async function fileReport(
  report: PreparedReport | null,
  ports: Pick<FlowPorts, 'clock' | 'log'>,
  tx: StoreTransaction,
): Promise<void> {
  if (report === null || (await isFiled(report, tx))) {
    return
  }
  const { kind, record } = report.request
  const at = ports.clock()
  const version = versionText(record.series)
  const decision = {
    at,
    messageId: record.series.anchor,
    topic: record.topic,
    version,
    step: 'report',
    inputs: { kind, head: report.head },
  } as const
  if (report.addressing.outcome === 'quiet') {
    const { rule, why } = report.addressing
    await tx.addDecision({ ...decision, rule, result: `not reported because ${why}` })
    return
  }
  if (report.mail === null) {
    return
  }
  const newest = await overtakenBy(record.topic, version, tx)
  if (newest !== null) {
    const result = overtakenWords(version, newest)
    await tx.addDecision({ ...decision, rule: 'overtaken', result })
    return
  }
  if (report.policy.timing[kind] === 'digest') {
    const item = toDigestItem({ ...report, kind, mail: report.mail }, record, 'digest', at)
    const due = await awaitDigest(item, report.policy.digest, tx)
    const result = `goes into the digest of ${report.list} that is due at ${due.toISOString()}`
    await tx.addDecision({ ...decision, rule: 'digest', result })
    return
  }
  const hold = report.loop ?? (report.policy.isDryRun ? 'dry run' : null)
  const { state, note } = await initialState(report.key, hold, tx)
  if (state === 'held' && report.loop !== null) {
    ports.log.error({ key: report.key }, report.loop)
  }
  await tx.addToOutbox({
    key: report.key,
    kind,
    project: report.project,
    list: report.list,
    topic: record.topic,
    version,
    head: report.head,
    mail: report.mail,
    state,
    note,
    offeredAt: null,
    createdAt: at,
    updatedAt: at,
  })
  const people = [...report.mail.to, ...report.mail.cc].map(({ address }) => address)
  await tx.addDecision({
    ...decision,
    rule: report.addressing.audience,
    result: `${state}: ${kind} to ${people.join(', ')}`,
  })
  if (state === 'pending') {
    await tx.enqueue('send', report.key, at)
  }
}

import type { AppliedCommit } from '../../core/apply/application.ts'
import type { BaseRung } from '../../core/apply/base-choice.ts'
import type { Verdict } from '../../core/checks/verdict.ts'
import type { Sha } from '../../core/ids.ts'
import type { MailingList, Project, ReportKind } from '../../core/project.ts'
import type { ApplicationRecord, SeriesRecord, StoredMessage } from '../../core/records.ts'
import type {
  Report,
  ReportedConflict,
  ReportedDamage,
  TestedState,
} from '../../core/report/report.ts'
import { ownMails, versionText } from '../../core/series/series.ts'
import type { StoreReader } from '../../store/store.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { describePrevious, findPrevious } from '../publish/previous-version.ts'
import { isFirstPatch } from '../series/is-first-patch.ts'
import { type Consents, consents } from './opt-out.ts'
import { silenced } from './silence.ts'

/** What writing a report takes. */
export type ReportPorts = Pick<
  FlowPorts,
  'store' | 'archive' | 'parse' | 'projects' | 'bot' | 'otherBots' | 'reporter' | 'clock'
>

export interface ReportRequest {
  readonly kind: ReportKind
  readonly record: SeriesRecord
  readonly application: ApplicationRecord | null
  readonly verdict?: Verdict
  /** Of `failure`: the commit from which on its tests fail, where it is known. */
  readonly brokenBy?: AppliedCommit | null
  /** Of `merged`, where a branch got its patches after it was applied. */
  readonly mergedIn?: Report['mergedIn']
  /** Of `damaged`. */
  readonly damage?: ReportedDamage
  /** What the base ladder tried, where no rung gave a commit. */
  readonly rungs?: readonly BaseRung[]
}

export function headOf(application: ApplicationRecord | null): Sha | null {
  return application === null || application.application.outcome === 'conflict'
    ? null
    : application.application.head
}

export function listOf(record: SeriesRecord, project: Project): MailingList | null {
  return project.lists.find(({ name }) => name === record.list) ?? project.lists[0] ?? null
}

function baseNote(record: SeriesRecord, application: ApplicationRecord): string | null {
  const { baseCommit } = record.series
  if (baseCommit === null || baseCommit === application.base) {
    return null
  }
  const rung = application.rungs.find(({ rule }) => rule === 'base-commit')
  return rung === undefined ? null : rung.finding
}

/** What was published, and how anybody gets it; null where nothing was. */
export function testedState(
  record: SeriesRecord,
  application: ApplicationRecord | null,
  { project }: Pick<ProjectPorts, 'project'>,
): TestedState | null {
  const head = headOf(application)
  if (application === null || head === null || application.seriesRef === null) {
    return null
  }
  return {
    base: application.base,
    baseRule: application.baseRule,
    baseNote: baseNote(record, application),
    baseBranch: application.baseBranch,
    commits: application.application.commits,
    head,
    fetchUrl: project.publicHeadsUrl,
    fetchRef: application.seriesRef,
  }
}

function conflictOf(
  record: SeriesRecord,
  application: ApplicationRecord | null,
  mails: readonly StoredMessage[],
): ReportedConflict | null {
  if (application?.application.outcome !== 'conflict') {
    return null
  }
  const { conflict } = application.application
  const mail = mails.find(({ message }) => message.messageId === conflict.messageId)
  return {
    ...conflict,
    subject: mail?.message.subject ?? '',
    base: application.base,
    baseRule: application.baseRule,
    baseBranch: application.baseBranch,
    baseNote: baseNote(record, application),
    unindexedPaths: unindexedPaths(mail),
  }
}

/** Files that exist already, and of which the mail does not say the state that it was made from. */
function unindexedPaths(mail: StoredMessage | undefined): readonly string[] {
  return (mail?.message.patch?.files ?? [])
    .filter(({ oldBlob, newBlob }) => oldBlob === null && newBlob === null)
    .flatMap(({ oldPath }) => (oldPath === null ? [] : [oldPath]))
}

/** The head that a mail can release; null where nobody may, and where the forge's CI waits, which no mail lets begin. */
function releasedByMail(
  { kind, application, verdict }: ReportRequest,
  { trust }: Project,
): Sha | null {
  const isOurs = kind === 'held' && verdict === undefined && (application?.holds.length ?? 0) > 0
  return isOurs && trust.approvers.length > 0 ? headOf(application) : null
}

function heldOn({
  kind,
  record,
  application,
}: ReportRequest): NonNullable<Report['heldOn']> | null {
  return kind !== 'held' || application === null || headOf(application) === null
    ? null
    : {
        base: application.base,
        baseRule: application.baseRule,
        baseNote: baseNote(record, application),
        baseBranch: application.baseBranch,
      }
}

function brokenByOf(
  { brokenBy }: ReportRequest,
  { message }: StoredMessage,
  project: Project,
): NonNullable<Report['brokenBy']> | null {
  const context = project.tests?.name
  return brokenBy?.sha && context !== undefined
    ? { number: brokenBy.number, sha: brokenBy.sha, context, subject: message.subject }
    : null
}

/** What the store knows besides of the mails and people of a series. */
export interface ReportContext extends Consents {
  readonly bouncing: readonly string[]
  readonly mails: readonly StoredMessage[]
  readonly isFirst: boolean
}

export async function readContext(
  record: SeriesRecord,
  reader: StoreReader,
  now: Date,
): Promise<ReportContext> {
  return {
    mails: await reader.messages(ownMails(record.series)),
    bouncing: (await silenced(reader, now)).map(({ address }) => address),
    isFirst: await isFirstPatch(record, reader),
    ...(await consents(reader)),
  }
}

/** The cover or first patch; where one patch is at fault, that one. */
export function answeredMail(
  request: ReportRequest,
  mails: readonly StoredMessage[],
): StoredMessage | null {
  const { record, application, brokenBy } = request
  const conflict = application?.application.outcome === 'conflict' ? application.application : null
  const wanted = conflict?.conflict.messageId ?? brokenBy?.messageId ?? record.series.anchor
  return mails.find(({ message }) => message.messageId === wanted) ?? mails[0] ?? null
}

/** Everything that a mail about this outcome says. */
export async function buildReport(
  request: ReportRequest,
  answered: StoredMessage,
  context: ReportContext,
  list: MailingList,
  served: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  signal: AbortSignal,
): Promise<Report> {
  const { project, git } = served
  const { kind, record, application, verdict } = request
  const { message } = answered
  const previous = await findPrevious(record, application, ports)
  const told = await describePrevious(previous, application, git, signal)
  return {
    kind,
    project: project.name,
    list,
    topic: record.topic,
    name: record.series.name,
    version: versionText(record.series),
    total: record.series.total ?? record.series.patches.length,
    submitter: record.series.submitter,
    isFirst: context.isFirst,
    answers: {
      messageId: message.messageId,
      references: message.references.length > 0 ? message.references : message.inReplyTo,
      subject: message.subject,
      to: message.to,
      cc: message.cc,
    },
    tested: testedState(record, application, served),
    failures: verdict?.failures ?? [],
    alreadyBroken: verdict?.alreadyBroken ?? [],
    successes: verdict?.successes ?? [],
    overdue: verdict?.overdue ?? [],
    cancelled: verdict?.cancelled ?? [],
    silence: verdict?.silence ?? null,
    approvalUrl: verdict?.approvalUrl ?? null,
    brokenBy: brokenByOf(request, answered, project),
    mergedIn:
      request.mergedIn ??
      (application?.application.outcome === 'empty'
        ? { base: application.base, branch: application.baseBranch }
        : null),
    conflict: conflictOf(record, application, context.mails),
    damage: request.damage ?? null,
    baseRungs: request.rungs ?? application?.rungs ?? [],
    publicUrl: project.publicMirrorUrl,
    heldOn: heldOn(request),
    releasedByMail: releasedByMail(request, project),
    holds: application?.holds ?? [],
    problems: record.series.problems,
    previous: told.previous,
    rangeDiff: told.rangeDiff,
    testCommand: project.tests?.argv.join(' ') ?? null,
    rerun: `patchferry retest ${record.topic} v${versionText(record.series)}`,
    at: ports.clock(),
  }
}

import type { Application } from '../../core/apply/application.ts'
import type { BaseChoice } from '../../core/apply/base-choice.ts'
import type { Decision } from '../../core/decision.ts'
import type { Sha } from '../../core/ids.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import { ciHold, ciPathsTouched } from '../../core/trust/trust.ts'
import type { PatchMail } from '../../git/git-engine.ts'
import { repairedMail } from '../../mail/mail-parser.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { fileReport, prepareReport } from '../report/report-outcome.ts'
import { fixTopic } from '../series/fix-topic.ts'
import { decisionOf, type Situation, sameSeries, setState } from '../series/series-situation.ts'
import { chooseBase } from './choose-base.ts'
import { refreshBranches } from './refresh-branches.ts'
import { senderHolds } from './sender-holds.ts'

/** The patches as git gets them: the raw mails, or, where list or mail software damaged one, its repaired form. */
async function patchMails(
  situation: Situation,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<readonly PatchMail[]> {
  const { patches } = situation.record.series
  const stored = new Map(situation.mails.map((mail) => [mail.message.messageId, mail]))
  const wanted = patches.flatMap((patch) => {
    const mail = stored.get(patch.messageId)
    return mail === undefined ? [] : [{ patch, mail }]
  })
  const raws = await ports.archive.rawMails(
    wanted.map(({ mail }) => mail),
    signal,
  )
  return wanted.flatMap(({ patch: { number, messageId, patchId } }, index) => {
    const raw = raws[index]
    return raw === undefined
      ? []
      : [{ number, messageId, patchId, raw: repairedMail(raw, ports.parse) }]
  })
}

/** Commits that were never pushed are gone with the repository on this machine: after a restore they are made again. */
async function isStillHere(
  { application }: ApplicationRecord,
  { git }: ProjectPorts,
): Promise<boolean> {
  return application.outcome !== 'conflict' && (await git.resolve(application.head)) !== null
}

/** So that it comes to the same commits, which an approval may be pinned to. */
function sameBase({
  base,
  baseRule,
  baseBranch,
  rungs,
}: ApplicationRecord): Extract<BaseChoice, { outcome: 'chosen' }> {
  return { outcome: 'chosen', base, rule: baseRule, branch: baseBranch, rungs }
}

/** Applies the series, or finds how an interrupted or held run applied it, so that its head stays the same. */
export async function applyVersion(
  situation: Situation,
  project: ProjectPorts,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<ApplicationRecord | null> {
  const pending = situation.applications.find(
    (one) => sameSeries(situation, one) && one.application.outcome === 'applied',
  )
  if (pending !== undefined && (await isStillHere(pending, project))) {
    return pending
  }
  const elsewhere = situation.elsewhere.at(-1)
  if (elsewhere !== undefined) {
    return carryOver(elsewhere, situation, ports)
  }
  await refreshBranches(project, ports, signal)
  const patches = await patchMails(situation, ports, signal)
  const choice =
    pending !== undefined && (await project.git.resolve(pending.base)) !== null
      ? sameBase(pending)
      : await chooseBase(situation.record, patches, null, project, ports, signal)
  if (choice.outcome === 'base-missing') {
    await fixTopic(situation.record, ports, signal)
    const report = await prepareReport(
      { kind: 'base-missing', record: situation.record, application: null, rungs: choice.rungs },
      ports,
      signal,
    )
    await ports.store.transaction(async (tx) => {
      await setState(situation, { state: 'base-missing' }, ports, tx)
      await tx.addDecision(
        decisionOf(
          situation,
          ports,
          'base',
          'base-missing',
          { rungs: choice.rungs },
          'no rung gives a commit',
        ),
      )
      await fileReport(report, ports, tx)
    })
    return null
  }
  const application = await project.git.apply(
    {
      base: choice.base,
      patches,
      committer: ports.bot,
      skipMerged: true,
      olderBaseOn: project.project.branches,
    },
    signal,
  )
  const holds =
    application.outcome === 'applied'
      ? [
          ...(await holdReasons(choice.base, application.head, project, signal)),
          ...(await senderHolds(situation, project.project.trust, ports, signal)),
        ]
      : []
  const record: ApplicationRecord = {
    topic: situation.record.topic,
    project: project.project.name,
    version: situation.version,
    n: null,
    digest: situation.record.digest,
    base: choice.base,
    baseRule: choice.rule,
    baseBranch: choice.branch,
    rungs: choice.rungs,
    application,
    holds,
    approvedBy: null,
    seriesRef: null,
    publishedAt: null,
    at: ports.clock(),
  }
  await ports.store.transaction(async (tx) => {
    await tx.saveApplication(record)
    await tx.addDecision(
      decisionOf(situation, ports, 'base', choice.rule, { rungs: choice.rungs }, choice.base),
    )
    await tx.addDecision(explainApplication(situation, application, ports))
  })
  return record
}

/** What a person moved to another topic keeps its commits: nothing is applied, tested or reported anew. */
async function carryOver(
  application: ApplicationRecord,
  situation: Situation,
  ports: FlowPorts,
): Promise<ApplicationRecord> {
  const record: ApplicationRecord = {
    ...application,
    topic: situation.record.topic,
    n: null,
    approvedBy: null,
    seriesRef: null,
    publishedAt: null,
    at: ports.clock(),
  }
  const head = application.application.outcome === 'applied' ? application.application.head : ''
  await ports.store.transaction(async (tx) => {
    await tx.saveApplication(record)
    const inputs = { from: application.topic, base: application.base }
    await tx.addDecision(decisionOf(situation, ports, 'apply', 'carried-over', inputs, head))
  })
  return record
}

function explainApplication(
  situation: Situation,
  application: Application,
  ports: FlowPorts,
): Decision {
  const inputs = {
    commits: application.commits.map(({ number, sha, how }) => ({ number, sha, how })),
  }
  if (application.outcome === 'conflict') {
    const { number, paths, hunks, olderBase } = application.conflict
    const older = olderBase === null ? '' : `; the series applies on the older ${olderBase.sha}`
    const result = `patch ${number} does not apply: ${paths.join(', ')}${older}`
    const details = { ...inputs, hunks, olderBase: olderBase?.sha ?? null }
    return decisionOf(situation, ports, 'apply', 'conflict', details, result)
  }
  return decisionOf(situation, ports, 'apply', application.outcome, inputs, application.head)
}

async function holdReasons(
  base: Sha,
  head: Sha,
  { project, git }: ProjectPorts,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const files = await git.changedFiles({ base, head }, signal)
  const touched = ciPathsTouched(files, project.trust.ciPaths)
  return touched.map(ciHold)
}

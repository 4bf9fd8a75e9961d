import type { Decision } from '../../core/decision.ts'
import type { TopicId } from '../../core/ids.ts'
import { desiredPullRequest } from '../../core/pull-request/desired-pull-request.ts'
import type { PullRequest } from '../../core/pull-request/pull-request.ts'
import {
  beforeWriting,
  faceChange,
  type PullRequestRecord,
  toWritten,
} from '../../core/pull-request/pull-request-record.ts'
import { seriesBranch } from '../../core/ref-name.ts'
import type { Job, StoreTransaction } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject, type ProjectPorts } from '../ports.ts'
import { isOwnHead, wakeAfterReturn } from '../publish/branch-returned.ts'
import { proposeHead } from '../publish/propose-head.ts'
import { updateTopic } from '../series/refresh-topic.ts'
import {
  blockedComment,
  closingComment,
  type KeyedComment,
  versionComment,
} from './comment-on-pull-request.ts'
import { adoptPullRequest } from './find-pull-request.ts'
import {
  lookAtPullRequest,
  type PullRequestLook,
  type ShownVersion,
} from './look-at-pull-request.ts'
import { lookOnForge } from './look-on-forge.ts'
import { forgetLost } from './lost-pull-request.ts'
import { closedSince, type Step, staysBelow } from './pull-request-steps.ts'
import { type ToldPullRequest, tellPullRequest } from './tell-pull-request.ts'

/** One turn of the job: what it was given, and what it has found and done so far. */
interface Turn {
  readonly job: Job
  readonly look: PullRequestLook
  readonly project: ProjectPorts
  readonly ports: FlowPorts
  readonly signal: AbortSignal
}

function decisionOf({ look, ports }: Turn, { rule, inputs, result }: Step): Decision {
  return {
    at: ports.clock(),
    messageId: look.shown?.record.series.anchor ?? null,
    topic: look.topic.topic,
    version: look.shown?.application.version ?? look.topic.version,
    step: 'publish',
    rule,
    inputs,
    result,
  }
}

/** Stored while the job goes on; what the forge said meanwhile stays said. */
async function note(record: PullRequestRecord, ports: FlowPorts): Promise<void> {
  const { project, number } = record
  await ports.store.transaction(async (tx) => {
    const [stored] = await tx.pullRequests({ project, number })
    await tx.savePullRequest({ ...record, hintedAt: stored?.hintedAt ?? null })
  })
}

async function remember(
  { look, ports }: Turn,
  record: PullRequestRecord,
  tx: StoreTransaction,
): Promise<void> {
  const { known } = look.facts
  const { project, number } = record
  const hintedAt = (await tx.pullRequests({ project, number }))[0]?.hintedAt ?? null
  // What the forge said while we looked is not answered yet.
  const isAnswered = hintedAt?.getTime() === known?.hintedAt?.getTime()
  await tx.savePullRequest({
    ...record,
    hintedAt: isAnswered ? null : hintedAt,
    updatedAt: ports.clock(),
  })
  await updateTopic(look.topic.topic, { pullRequest: record.number }, ports, tx)
  if (known?.state === 'open' && record.state !== 'open' && look.shown === null) {
    // Its branch has waited for this.
    await tx.enqueue('realign', look.topic.topic, ports.clock())
  }
  const hasMoved = known?.head !== record.head
  if (known?.number !== record.number || known.state !== record.state || hasMoved) {
    for (const child of look.children) {
      await tx.enqueue('pull', child, ports.clock())
    }
  }
}

async function end(
  turn: Turn,
  record: PullRequestRecord | null,
  steps: readonly Step[],
  also: (tx: StoreTransaction) => Promise<void> = async () => undefined,
): Promise<void> {
  await finish(turn.job, turn.ports, async (tx) => {
    await also(tx)
    if (record !== null) {
      await remember(turn, record, tx)
    }
    for (const step of steps) {
      await tx.addDecision(decisionOf(turn, step))
    }
  })
}

async function comment(
  { project, signal }: Turn,
  record: PullRequestRecord,
  comments: readonly (KeyedComment | null)[],
): Promise<PullRequestRecord> {
  const written = new Set(record.comments)
  for (const one of comments) {
    if (one !== null && !written.has(one.key)) {
      await project.forge.ensureComment(record.number, one.key, one.body, signal)
      written.add(one.key)
    }
  }
  return { ...record, comments: [...written] }
}

async function closeIt(
  turn: Turn,
  known: PullRequestRecord,
  reason: Parameters<typeof closingComment>[1],
): Promise<void> {
  const { look, project, ports, signal } = turn
  const said = closingComment(known, reason, look, ports)
  const commented = await comment(turn, known, [said])
  // Stored before it is closed, so that nobody takes our closing for that of a person.
  await note(commented, ports)
  await project.forge.closePullRequest(known.number, signal)
  const closed = { ...commented, state: 'closed', closedBy: 'us' } as const
  const result = `#${known.number} closed: ${reason}`
  await end(turn, closed, [{ rule: 'pull-request-closed', inputs: { reason }, result }])
}

/** Commits of other people are on it: it is theirs now. */
async function leaveAlone(turn: Turn, known: PullRequestRecord, seen: PullRequest): Promise<void> {
  const result = `#${known.number} is at ${seen.headSha}, which nobody here pushed: left alone`
  const isNews = !turn.look.decisions.some((one) => one.result === result)
  await finish(turn.job, turn.ports, async (tx) => {
    await remember(turn, { ...known, head: seen.headSha }, tx)
    if (isNews) {
      await tx.addDecision(
        decisionOf(turn, { rule: 'foreign-branch', inputs: { head: seen.headSha }, result }),
      )
      await updateTopic(turn.look.topic.topic, { state: 'problem' }, turn.ports, tx)
    }
  })
}

async function openIt(
  turn: Turn,
  { face }: ToldPullRequest,
  shown: ShownVersion,
  replaces: PullRequestRecord | null,
): Promise<void> {
  const { look, project, ports, signal } = turn
  const headRef = seriesBranch(look.topic.slug, look.topic.topic)
  await proposeHead(look.topic, face, shown, false, project, signal)
  // Who looked for one before found none, but for the one that this push has made.
  const number = project.project.placement === 'agit' ? {} : { number: null }
  const spec = { headRef, ...number, ...face }
  const { value, change } = await project.forge.ensurePullRequest(spec, signal)
  const record: PullRequestRecord = {
    ...(await adoptPullRequest(value, look, shown, face, project, ports, signal)),
    version: shown.application.version,
    head: shown.head,
    written: toWritten(face),
  }
  const commented = await comment(turn, record, [blockedComment(look, project, ports)])
  const inputs = {
    change,
    head: shown.head,
    base: face.baseRef,
    replaces: replaces?.number ?? null,
  }
  const result = `#${value.number} ${value.url}`
  await end(turn, commented, [{ rule: 'pull-request-opened', inputs, result }], async (tx) => {
    // Its checks were waited for without a deadline until now.
    await tx.enqueue('collect', `${look.topic.topic} ${record.version}`, ports.clock())
  })
}

async function updateIt(
  turn: Turn,
  { face, story }: ToldPullRequest,
  shown: ShownVersion,
  before: PullRequestRecord,
  seen: PullRequest,
): Promise<void> {
  const { look, project, ports, signal } = turn
  const isBack = !isOwnHead(look, before.head)
  const { version } = shown.application
  // Who gives the branch back has brought no new version.
  const known = isBack && before.version === version ? { ...before, head: shown.head } : before
  if (seen.headSha !== shown.head) {
    await proposeHead(look.topic, face, shown, true, project, signal)
  }
  const change = faceChange(face, known.written, seen)
  if (change !== null) {
    await note({ ...known, written: beforeWriting(known.written, change) }, ports)
    await project.forge.editPullRequest(seen, change, signal)
  }
  const commented = await comment(turn, known, [
    await versionComment(known, shown, story, look.applications, project, ports, signal),
    // What kept it from being shown is over.
    isBack ? null : blockedComment(look, project, ports),
  ])
  const record = { ...commented, version, head: shown.head, written: toWritten(face) }
  const fresh = record.comments.filter((key) => !known.comments.includes(key))
  const done = [...Object.keys(change ?? {}), ...(fresh.length > 0 ? ['comment'] : [])]
  const inputs = { head: shown.head, comments: fresh }
  const result = `#${known.number}: ${done.join(', ')}`
  const isTold = look.decisions.some(
    (one) =>
      /^pull-request-(?:opened|found)$/.test(one.rule) &&
      one.result.startsWith(`#${known.number} `),
  )
  await end(
    turn,
    record,
    [
      ...(!isTold
        ? [{ rule: 'pull-request-found', inputs: {}, result: `#${known.number} ${known.url}` }]
        : []),
      ...(done.length === 0 ? [] : [{ rule: 'pull-request-updated', inputs, result }]),
      ...staysBelow(turn.look),
    ],
    async (tx) => {
      if (isBack) {
        await wakeAfterReturn(look, ports, tx)
      }
    },
  )
}

/** Nothing to be asked or written: what was last written is what should be there. */
function isDone(turn: Turn, told: ToldPullRequest, shown: ShownVersion): boolean {
  const { known } = turn.look.facts
  const blocked = blockedComment(turn.look, turn.project, turn.ports)
  return (
    known?.state === 'open' &&
    known.hintedAt === null &&
    known.head === shown.head &&
    faceChange(told.face, known.written, known.written) === null &&
    (blocked === null || known.comments.includes(blocked.key))
  )
}

async function bring(turn: Turn): Promise<void> {
  const { look, project, ports, signal } = turn
  const { shown } = look
  const first = desiredPullRequest(look.facts)
  const told =
    shown === null || first.outcome === 'closed'
      ? null
      : await tellPullRequest(shown, look, look.replaced, project, ports, signal)
  if (told !== null && shown !== null && first.outcome === 'open' && isDone(turn, told, shown)) {
    await end(turn, null, [])
    return
  }
  if (look.facts.known === null && first.outcome === 'none') {
    await end(turn, null, [])
    return
  }
  const onForge = await lookOnForge(turn, told)
  if ('lost' in onForge) {
    await forgetLost(turn.job, onForge.lost, ports)
    return
  }
  const { known, seen } = onForge
  const desired = desiredPullRequest({ ...look.facts, known })
  switch (desired.outcome) {
    case 'none':
      await end(turn, known, closedSince(turn.look, known))
      return
    case 'closed':
      await closeIt(turn, desired.known, desired.reason)
      return
    case 'open':
      await show(turn, desired, seen, told)
  }
}

async function show(
  turn: Turn,
  { known, replaces }: Extract<ReturnType<typeof desiredPullRequest>, { outcome: 'open' }>,
  seen: PullRequest | null,
  toldBefore: ToldPullRequest | null,
): Promise<void> {
  const { look, project, ports, signal } = turn
  const { shown } = look
  const before = known === null ? (replaces?.number ?? null) : look.replaced
  const told =
    shown === null || toldBefore?.story.replaces === before
      ? toldBefore
      : await tellPullRequest(shown, look, before, project, ports, signal)
  if (told === null || shown === null) {
    await end(turn, known, [])
    return
  }
  if (known === null || seen === null) {
    await openIt(turn, told, shown, replaces)
    return
  }
  const isOurs = isOwnHead(look, seen.headSha)
  await (isOurs ? updateIt(turn, told, shown, known, seen) : leaveAlone(turn, known, seen))
}

/**
 * Brings the pull request of a topic to what it should be, by comparing what the store says with what was written last:
 * opens, edits, comments and closes only where that differs. Running it again does nothing that was done.
 */
export async function bringPullRequest(
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const look = await lookAtPullRequest(job.key as TopicId, ports)
  const project = look === null ? null : findProject(ports, look.topic.project)
  if (look === null || project === null || !project.forge.capabilities.pullRequests) {
    await finish(job, ports)
    return
  }
  await bring({ job, look, project, ports, signal })
}

import type { Decision } from '../core/decision.ts'
import type { RefName } from '../core/ids.ts'
import type { DecisionEntry, SentEntry } from '../core/journal-entry.ts'
import type { ApplicationRecord, OutboxRecord, OutboxState } from '../core/records.ts'
import { parseSeriesTag, type SeriesTag } from '../core/series-tag.ts'
import { isNewer } from '../core/version-order.ts'
import { toldDecision } from './digest-item.ts'
import type { FlowPorts, ProjectPorts } from './ports.ts'
import { topicOfHead } from './reconcile-pull-requests.ts'
import { runDueJobs } from './run-jobs.ts'
import { stateOfEvent } from './sent-record.ts'
import { recoverArchive } from './take-mail.ts'

export interface Rebuilt {
  readonly mails: number
  readonly decisions: number
  readonly reports: number
  readonly applications: number
}

async function restoreDecisions(ports: FlowPorts, signal: AbortSignal): Promise<number> {
  let count = 0
  for await (const entry of ports.journal.decisions(signal)) {
    await ports.store.transaction(async (tx) => {
      count += (await tx.addHumanDecision(entry)) ? 1 : 0
      await restoreTopic(entry, tx)
    })
  }
  return count
}

async function restoreTopic(
  { at, decision }: DecisionEntry,
  tx: Parameters<Parameters<FlowPorts['store']['transaction']>[0]>[0],
): Promise<void> {
  if (decision.kind !== 'topic') {
    return
  }
  await tx.fixTopic(decision.topic, decision.mails)
  if ((await tx.topic(decision.topic)) === null) {
    await tx.saveTopic({
      topic: decision.topic,
      project: decision.project,
      slug: decision.slug,
      isFixed: true,
      name: decision.slug,
      submitter: { name: '', address: '' },
      version: '1',
      // Until its series are assembled; of a topic whose versions people moved away none ever is.
      state: 'moved',
      verdict: null,
      branch: null,
      head: null,
      pullRequest: null,
      createdAt: at,
      updatedAt: at,
    })
  }
}

const toBeSent: ReadonlySet<OutboxState> = new Set(['pending', 'sending', 'unknown'])

/** What was dropped stays so unless it was on its way; what was released was tried since, or is due. */
function stateAfter({ at, decision }: DecisionEntry, record: OutboxRecord): OutboxState {
  const { state, updatedAt } = record
  if (state === 'handed-over' || state === 'seen') {
    return state
  }
  if (decision.kind === 'drop') {
    return 'dropped'
  }
  return at >= updatedAt ? 'pending' : state
}

async function restoreDigestItems(
  { at, key, mail, items = [] }: SentEntry,
  ports: FlowPorts,
): Promise<void> {
  for (const item of items) {
    await ports.store.transaction(async (tx) => {
      await tx.addDigestItem(item, 'told', key)
      if (mail !== null) {
        await tx.addDecision(toldDecision(item, { key, mail }, at))
      }
    })
  }
}

async function restoreOutbox(ports: FlowPorts, signal: AbortSignal): Promise<number> {
  const records = new Map<string, OutboxRecord>()
  for await (const entry of ports.journal.sent(signal)) {
    const known = records.get(entry.key)
    if (known === undefined) {
      await restoreDigestItems(entry, ports)
    }
    if (entry.mail !== null && known === undefined) {
      records.set(entry.key, {
        key: entry.key,
        kind: entry.kind,
        project: entry.project,
        list: entry.mail.headers['X-Patchferry-List'] ?? null,
        topic: entry.topic,
        version: entry.version,
        head: entry.head,
        mail: entry.mail,
        state: stateOfEvent[entry.event],
        note: entry.note,
        offeredAt: entry.at,
        createdAt: entry.at,
        updatedAt: entry.at,
      })
    } else if (known !== undefined && known.state !== 'seen') {
      records.set(entry.key, {
        ...known,
        mail: entry.mail ?? known.mail,
        state: stateOfEvent[entry.event],
        note: entry.note,
        offeredAt: entry.event === 'intended' ? entry.at : known.offeredAt,
        updatedAt: entry.at,
      })
    }
  }
  const people = await ports.store.read(async (reader) => [
    ...(await reader.humanDecisions('drop')),
    ...(await reader.humanDecisions('release')),
  ])
  for (const record of records.values()) {
    const word = people
      .filter(({ decision }) => decision.key === record.key)
      .toSorted((a, b) => a.at.getTime() - b.at.getTime())
      .at(-1)
    const state = word === undefined ? record.state : stateAfter(word, record)
    await ports.store.transaction(async (tx) => {
      await tx.addToOutbox({ ...record, state })
      if (toBeSent.has(state)) {
        await tx.enqueue('send', record.key, ports.clock())
      }
    })
  }
  return records.size
}

function toApplication(ref: RefName, tag: SeriesTag, publishedAt: Date): ApplicationRecord {
  const approved = /^approved by (?<by>.*)$/s.exec(tag.trust)?.groups?.['by']
  return {
    topic: tag.topic,
    project: tag.project,
    version: tag.version,
    n: Number(/-(?<n>\d+)$/.exec(ref)?.groups?.['n'] ?? 1),
    digest: tag.digest,
    base: tag.base,
    baseRule: tag.baseRule,
    baseBranch: tag.baseBranch,
    rungs: [],
    application: { outcome: 'applied', head: tag.head, tree: tag.tree, commits: tag.commits },
    holds: [],
    approvedBy: approved ?? null,
    seriesRef: ref,
    publishedAt,
    at: publishedAt,
  }
}

/** What `explain` tells of a published application. When each was decided nobody knows any more: the tag has no clock. */
function restoredDecisions(
  { cover, commits }: SeriesTag,
  record: ApplicationRecord,
): readonly Decision[] {
  const common = {
    at: record.at,
    messageId: cover ?? commits[0]?.messageId ?? null,
    topic: record.topic,
    version: record.version,
  }
  const from = record.seriesRef
  const how = commits.map(({ number, sha, how }) => ({ number, sha, how }))
  const head = record.application.outcome === 'conflict' ? '' : record.application.head
  return [
    { ...common, step: 'base', rule: record.baseRule, inputs: { from }, result: record.base },
    { ...common, step: 'apply', rule: 'applied', inputs: { from, commits: how }, result: head },
    {
      ...common,
      step: 'publish',
      rule: 'pushed',
      inputs: { from, n: record.n, approvedBy: record.approvedBy },
      result: from ?? '',
    },
  ]
}

/** What is published is read from the mirror: its tag objects tell the whole story. */
async function restoreApplications(
  { project, git, heads }: ProjectPorts,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<number> {
  const refs = await git.remoteRefs(heads, ['refs/series/'], signal)
  if (refs.size === 0) {
    return 0
  }
  await git.fetch(
    heads,
    [...refs.keys()].map((ref) => ({ from: ref, to: ref })),
    signal,
  )
  const branches = await git.remoteRefs(heads, ['refs/heads/series/'], signal)
  let count = 0
  for (const [ref, sha] of refs) {
    const object = await git.readTag(sha)
    const tag = object === null ? null : parseSeriesTag(object.message)
    if (object === null || tag === null || tag.project !== project.name) {
      continue
    }
    const branch = [...branches].find(([name]) => name.endsWith(`-${tag.topic}`)) ?? null
    await ports.store.transaction(async (tx) => {
      const record = toApplication(ref, tag, object.taggedAt)
      await tx.saveApplication(record)
      await tx.addDecisions(restoredDecisions(tag, record))
      const topic = await tx.topic(tag.topic)
      if (topic !== null) {
        const isNewest = !isNewer(topic.version, tag.version)
        await tx.saveTopic({
          ...topic,
          ...(isNewest ? { name: tag.name, version: tag.version } : {}),
          branch: branch?.[0] ?? null,
          head: branch?.[1] ?? null,
        })
      }
    })
    count += 1
  }
  return count
}

/** What is open on the forge; what was written there is looked at when its series has been assembled. */
async function restorePullRequests(
  { project, forge }: ProjectPorts,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  if (!forge.capabilities.pullRequests) {
    return
  }
  for (const one of await forge.openPullRequests(signal)) {
    const topic = topicOfHead(one)
    await ports.store.transaction(async (tx) => {
      const known = topic === null ? null : await tx.topic(topic)
      if (known?.project === project.name) {
        await tx.saveTopic({ ...known, pullRequest: one.number })
      }
    })
  }
}

/**
 * Fills an empty store from archive, journal and mirror: the same series, topics and decisions; what was sent or
 * published is known and is not done again. What was silent is silent still. `onProgress` counts mails.
 */
export async function rebuild(
  ports: FlowPorts,
  onProgress: (mails: number) => void,
  signal: AbortSignal,
): Promise<Rebuilt> {
  const decisions = await restoreDecisions(ports, signal)
  const reports = await restoreOutbox(ports, signal)
  let applications = 0
  for (const project of ports.projects) {
    applications += await restoreApplications(project, ports, signal)
    await restorePullRequests(project, ports, signal)
  }
  const mails = await recoverArchive(ports, signal, onProgress)
  // Until its series are assembled a topic has neither its name nor a state.
  await runDueJobs(['assemble'], 'rebuild', ports, signal, signal)
  return { mails, decisions, reports, applications }
}

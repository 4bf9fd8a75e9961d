import type { Decision } from '../../core/decision.ts'
import type { RefName } from '../../core/ids.ts'
import type { Project } from '../../core/project.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import { parseSeriesTag, type SeriesTag } from '../../core/series/series-tag.ts'
import { topicSlug } from '../../core/topic/topic-slug.ts'
import { isNewer } from '../../core/topic/version-order.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { topicOfHead } from '../pull-request/reconcile-pull-requests.ts'
import { restoreTopic } from './restore-records.ts'

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

/** The branch on the mirror has it; where there is none it was made of what the first version was called. */
function slugOf(
  { name }: SeriesTag,
  branch: RefName | null,
  { placement }: Project,
): string | null {
  const ofBranch = /^refs\/heads\/series\/(?<slug>.*)-[^-]*$/.exec(branch ?? '')?.groups?.['slug']
  return ofBranch ?? (placement === 'agit' ? topicSlug(name) : null)
}

/** Where the journal that names the topic was lost. */
async function nameTopic(
  { topic, project, cover, commits }: SeriesTag,
  slug: string | null,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const known = await ports.store.read((reader) => reader.topic(topic))
  if (slug === null || known?.isFixed === true) {
    return
  }
  const mails = [...(cover === null ? [] : [cover]), ...commits.map(({ messageId }) => messageId)]
  const entry = {
    at: ports.clock(),
    by: 'patchferry',
    decision: { kind: 'topic', topic, project, slug, mails },
  } as const
  await ports.journal.recordDecision(entry, signal)
  await ports.store.transaction(async (tx) => {
    await tx.addHumanDecision(entry)
    await restoreTopic(entry, tx)
  })
}

/** `v1-2` before `v1-10`. */
const inOrder = new Intl.Collator('en', { numeric: true })

/** A process takes 2 MiB of arguments, and of years there are more refs. */
const refsAtOnce = 2_000

/**
 * What is published is read from the mirror: its tag objects tell the whole story. What the store knows of already stays as
 * it is. Gives how many applications it learned of.
 */
export async function restoreApplications(
  { project, git, heads }: ProjectPorts,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<number> {
  const refs = await git.remoteRefs(heads, ['refs/series/'], signal)
  if (refs.size === 0) {
    return 0
  }
  const names = [...refs.keys()]
  for (let at = 0; at < names.length; at += refsAtOnce) {
    const some = names.slice(at, at + refsAtOnce)
    await git.fetch(
      heads,
      some.map((ref) => ({ from: ref, to: ref })),
      signal,
    )
  }
  const branches = new Map(
    [...(await git.remoteRefs(heads, ['refs/heads/series/'], signal))].map(
      (branch) => [branch[0].slice(branch[0].lastIndexOf('-') + 1), branch] as const,
    ),
  )
  let count = 0
  for (const [ref, sha] of [...refs].toSorted(([a], [b]) => inOrder.compare(a, b))) {
    const object = await git.readTag(sha)
    const tag = object === null ? null : parseSeriesTag(object.message)
    if (object === null || tag === null || tag.project !== project.name) {
      continue
    }
    const isKnown = await ports.store.read(async (reader) =>
      (await reader.applications(tag.topic)).some(
        (one) => one.seriesRef === ref && one.publishedAt !== null,
      ),
    )
    if (isKnown) {
      continue
    }
    const branch = branches.get(tag.topic) ?? null
    await nameTopic(tag, slugOf(tag, branch?.[0] ?? null, project), ports, signal)
    await ports.store.transaction(async (tx) => {
      const record = toApplication(ref, tag, object.taggedAt)
      await tx.saveApplication(record)
      await tx.addDecisions(restoredDecisions(tag, record))
      const topic = await tx.topic(tag.topic)
      if (topic !== null) {
        const isNewest = !isNewer(topic.version, tag.version)
        // Where no branch of ours is, the pull request alone has the head.
        const unbranched = project.placement === 'agit' ? (isNewest ? tag.head : topic.head) : null
        await tx.saveTopic({
          ...topic,
          ...(isNewest ? { name: tag.name, version: tag.version } : {}),
          branch: branch?.[0] ?? null,
          head: branch?.[1] ?? unbranched,
        })
      }
    })
    count += 1
  }
  return count
}

/** What is open on the forge; what was written there is looked at when its series has been assembled. */
export async function restorePullRequests(
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

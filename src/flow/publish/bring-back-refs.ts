import type { RefName, Sha } from '../../core/ids.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import { mailRef } from '../../core/ref-name.ts'
import { parseSeriesTag } from '../../core/series/series-tag.ts'
import type { Topic } from '../../core/topic/topic.ts'
import type { RefUpdate } from '../../git/git-engine.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { foldedBefore } from './folded-mails.ts'

/** So many topics are asked for before the mirror is taken for lost: one ref alone may have been deleted by a person. */
const asked = 5
const firstAsked = 3
/** Of topics that changed last, where these were never published. */
const topicsLookedAt = 1_000
const topicsAtOnce = 200
const refsAtOnce = 500

type Ports = Pick<FlowPorts, 'store' | 'log' | 'clock' | 'upkeep'>

async function applicationsOf(
  { topic }: Topic,
  { store }: Ports,
): Promise<readonly ApplicationRecord[]> {
  const all = await store.read((reader) => reader.applications(topic))
  return all
    .filter(({ seriesRef, publishedAt }) => seriesRef !== null && publishedAt !== null)
    .toSorted((a, b) => (a.publishedAt?.getTime() ?? 0) - (b.publishedAt?.getTime() ?? 0))
}

async function topicsFrom(
  { project }: ProjectPorts,
  offset: number,
  limit: number,
  { store }: Ports,
): Promise<readonly Topic[]> {
  return store.read((reader) => reader.topics({ project: project.name, limit, offset }))
}

/** The refs of the topics that changed last, each as it was published last by then. */
async function lastRefs(
  project: ProjectPorts,
  until: Date,
  ports: Ports,
): Promise<readonly RefName[]> {
  const refs: RefName[] = []
  for (let offset = 0; offset < topicsLookedAt; offset += topicsAtOnce) {
    const topics = await topicsFrom(project, offset, topicsAtOnce, ports)
    for (const topic of topics) {
      const applications = await applicationsOf(topic, ports)
      const last = applications.findLast(({ publishedAt }) => (publishedAt ?? until) <= until)
      refs.push(...(last?.seriesRef ? [last.seriesRef] : []))
      if (refs.length === asked) {
        return refs
      }
    }
    if (topics.length < topicsAtOnce) {
      break
    }
  }
  return refs
}

/** The first refs that were made since then. */
async function firstRefs(
  { project }: ProjectPorts,
  after: Date,
  { store, clock }: Ports,
): Promise<readonly RefName[]> {
  const first = await store.read((reader) =>
    reader.publishedBetween(project.name, after, clock(), firstAsked),
  )
  return first.slice(0, firstAsked).flatMap(({ seriesRef }) => seriesRef ?? [])
}

/**
 * Whether the mirror lacks most of what it had when we looked last, or most of what came first since then: what waited for it is there
 * within seconds after it was made anew, and tells nothing of the rest. Costs one small question.
 */
async function hasLostRefs(
  project: ProjectPorts,
  lookedAt: Date | null,
  ports: Ports,
  signal: AbortSignal,
): Promise<boolean> {
  const before = await lastRefs(project, lookedAt ?? ports.clock(), ports)
  const since = lookedAt === null ? [] : await firstRefs(project, lookedAt, ports)
  // One alone may have been deleted by a person.
  const groups = [before, before.length > 0 && since.length === 1 ? [] : since]
  const refs = [...new Set(groups.flat())]
  if (refs.length === 0) {
    return false
  }
  const theirs = await project.git.remoteRefs(project.heads, refs, signal)
  return groups.some((group) => group.filter((ref) => theirs.has(ref)).length * 2 < group.length)
}

/**
 * Every ref of ours on the mirror, as the tags here and the store tell; a mail's is that of its first publication, and none where that is
 * so old that it was folded, or will be.
 */
async function ownRefs(project: ProjectPorts, ports: Ports): Promise<ReadonlyMap<RefName, Sha>> {
  const { git } = project
  const tags = await git.localRefs(['refs/series/'])
  const refs = new Map<RefName, Sha>()
  const seen = new Set<RefName>()
  const folded = foldedBefore(ports)
  for (let offset = 0; ; offset += topicsAtOnce) {
    const topics = await topicsFrom(project, offset, topicsAtOnce, ports)
    for (const topic of topics) {
      for (const { seriesRef, at } of await applicationsOf(topic, ports)) {
        const sha = seriesRef === null ? undefined : tags.get(seriesRef)
        const object = sha === undefined ? null : await git.readTag(sha)
        const tag = object === null ? null : parseSeriesTag(object.message)
        if (seriesRef === null || sha === undefined || tag === null) {
          continue
        }
        refs.set(seriesRef, sha)
        const mails = tag.commits.map(({ messageId, sha: commit }) => [messageId, commit] as const)
        for (const [mail, commit] of [...mails, [tag.cover, tag.head] as const]) {
          const ref = mail === null ? null : mailRef(mail)
          if (ref !== null && commit !== null && !seen.has(ref)) {
            seen.add(ref)
            if (at > folded) {
              refs.set(ref, commit)
            }
          }
        }
      }
      if (topic.branch !== null && topic.head !== null) {
        refs.set(topic.branch, topic.head)
      }
    }
    if (topics.length < topicsAtOnce) {
      return refs
    }
  }
}

/**
 * A mirror that was lost and is there again, empty, or older than what we pushed last, gets every ref of ours that it lacks. What it
 * has is left alone. `lookedAt`: when this was last done; null for never. Gives how many were pushed. Throws GIT_REMOTE_UNREACHABLE.
 */
export async function bringBackRefs(
  project: ProjectPorts,
  lookedAt: Date | null,
  ports: Ports,
  signal: AbortSignal,
): Promise<number> {
  if (!(await hasLostRefs(project, lookedAt, ports, signal))) {
    return 0
  }
  const { git, heads } = project
  const theirs = await git.remoteRefs(
    heads,
    ['refs/series/', 'refs/mail/', 'refs/heads/series/'],
    signal,
  )
  const updates: RefUpdate[] = [...(await ownRefs(project, ports))]
    .filter(([ref]) => !theirs.has(ref))
    .map(([ref, target]) => ({ ref, target, expected: null }))
  let count = 0
  for (let at = 0; at < updates.length; at += refsAtOnce) {
    const some = updates.slice(at, at + refsAtOnce)
    const pushed = await git.push(heads, some, signal)
    count += pushed.outcome === 'pushed' ? some.length : 0
  }
  const fields = { project: project.project.name, lost: updates.length, pushed: count }
  ports.log.error(fields, 'the mirror had lost refs of ours; they were pushed again')
  return count
}

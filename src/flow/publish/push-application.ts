import { BotError } from '../../core/bot-error.ts'
import type { RefName, Sha } from '../../core/ids.ts'
import type { ApplicationRecord, SeriesRecord } from '../../core/records.ts'
import { mailRef, seriesBranch, seriesTagRef } from '../../core/ref-name.ts'
import { versionText } from '../../core/series/series.ts'
import { parseSeriesTag, renderSeriesTag } from '../../core/series/series-tag.ts'
import type { Topic } from '../../core/topic/topic.ts'
import type { RefUpdate } from '../../git/git-engine.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { firstPublication, foldedBefore } from './folded-mails.ts'

export type Published =
  | {
      readonly outcome: 'published'
      readonly n: number
      readonly seriesRef: RefName
      /** Null where pull requests are made without one. */
      readonly branch: RefName | null
    }
  /** Somebody else moved the topic's branch on the mirror; it is left alone. */
  | { readonly outcome: 'foreign-branch'; readonly branch: RefName; readonly actual: Sha }
  | { readonly outcome: 'refused'; readonly reason: string; readonly output: string }

interface Request {
  readonly record: SeriesRecord
  readonly topic: Topic
  readonly application: ApplicationRecord
  /** Other applications of the topic: heads that the branch may point at now. */
  readonly earlier: readonly ApplicationRecord[]
  /** How these mails were applied while they belonged to other topics. */
  readonly elsewhere: readonly ApplicationRecord[]
  /** False for an old version that arrives after a newer one was published. */
  readonly movesBranch: boolean
}

/** The commit it came to; null where it did not apply. */
export function appliedHead(record: ApplicationRecord): Sha | null {
  return record.application.outcome === 'conflict' ? null : record.application.head
}

async function writeTag(
  { record, topic, application }: Request,
  head: Sha,
  n: number,
  { git }: ProjectPorts,
  ports: FlowPorts,
): Promise<Sha> {
  const version = versionText(record.series)
  const { application: applied } = application
  const name = seriesTagRef(topic.topic, version, n).replace(/^refs\//, '')
  return git.writeTag({
    name,
    target: head,
    tagger: ports.bot,
    taggedAt: await git.committedAt(head),
    message: renderSeriesTag({
      topic: topic.topic,
      project: topic.project,
      version,
      name: record.series.name,
      cover: record.series.cover,
      digest: record.digest,
      head,
      tree: applied.outcome === 'conflict' ? head : applied.tree,
      base: application.base,
      baseRule: application.baseRule,
      baseBranch: application.baseBranch,
      commits: applied.commits,
      trust: application.approvedBy === null ? 'clear' : `approved by ${application.approvedBy}`,
      gitVersion: ports.gitVersion,
    }),
  })
}

/** The number under which the mirror has this very application already (same head, same base); null when it has not. */
async function knownNumber(
  { record, topic, application }: Request,
  head: Sha,
  theirs: ReadonlyMap<RefName, Sha>,
  { git, heads }: ProjectPorts,
  signal: AbortSignal,
): Promise<{ readonly n: number | null; readonly free: number }> {
  const prefix = seriesTagRef(topic.topic, versionText(record.series), 0).replace(/0$/, '')
  const tags = [...theirs].filter(([ref]) => ref.startsWith(prefix))
  if (tags.length === 0) {
    return { n: null, free: 1 }
  }
  await git.fetch(
    heads,
    tags.map(([ref]) => ({ from: ref, to: ref })),
    signal,
  )
  let free = 1
  for (const [ref, sha] of tags) {
    const n = Number(ref.slice(prefix.length))
    const tag = await git.readTag(sha)
    if (tag?.target === head && parseSeriesTag(tag.message)?.base === application.base) {
      return { n, free: n }
    }
    free = Math.max(free, n + 1)
  }
  return { n: null, free }
}

/** The ref of each mail never moves from its first publication, and is not made again after it was folded. */
function mailRefsOf(
  { record, application, earlier, elsewhere }: Request,
  head: Sha,
  folded: Date,
): ReadonlyMap<RefName, Sha> {
  const before = [...elsewhere, ...earlier]
  const version = versionText(record.series)
  const { cover } = record.series
  const firsts = application.application.commits.flatMap(({ messageId, sha }) => {
    const first = firstPublication(messageId, before)
    return sha === null ? [] : [{ mail: messageId, sha: first?.commit ?? sha, first }]
  })
  const all = firsts.map(({ mail, sha, first }) => ({
    mail,
    sha,
    at: first?.application.at ?? null,
  }))
  if (cover !== null) {
    const first = earlier.find((one) => one.seriesRef !== null && one.version === version)
    const sha = first === undefined ? head : (appliedHead(first) ?? head)
    all.push({ mail: cover, sha, at: first?.at ?? null })
  }
  return new Map(
    all.flatMap(({ mail, sha, at }) =>
      at === null || at > folded ? [[mailRef(mail), sha] as const] : [],
    ),
  )
}

/**
 * Pushes branch, mail refs and series tag in one atomic push with a lease on every old value. Running it again
 * after a kill pushes nothing new. Throws GIT_REMOTE_UNREACHABLE, FLOW_PUSH_CONTENDED.
 */
export async function pushApplication(
  request: Request,
  head: Sha,
  project: ProjectPorts,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<Published> {
  const { topic, earlier } = request
  const branch = seriesBranch(topic.slug, topic.topic)
  const mailRefs = mailRefsOf(request, head, foldedBefore(ports))
  const theirs = await project.git.remoteRefs(
    project.heads,
    [branch, `refs/series/${topic.topic}/`, ...mailRefs.keys()],
    signal,
  )
  const known = await knownNumber(request, head, theirs, project, signal)
  const n = known.n ?? known.free
  const seriesRef = seriesTagRef(topic.topic, versionText(request.record.series), n)
  const updates: RefUpdate[] = []
  const current = theirs.get(branch) ?? null
  const hasBranch = project.project.placement !== 'agit'
  const moved = hasBranch ? branch : null
  if (hasBranch && request.movesBranch && current !== head) {
    const isOurs = current === null || earlier.some((one) => appliedHead(one) === current)
    if (!isOurs) {
      return { outcome: 'foreign-branch', branch, actual: current }
    }
    updates.push({ ref: branch, target: head, expected: current })
  }
  for (const [ref, target] of mailRefs) {
    if (!theirs.has(ref)) {
      updates.push({ ref, target, expected: null })
    }
  }
  if (known.n === null) {
    const tag = await writeTag(request, head, n, project, ports)
    await project.git.updateRefs([{ ref: seriesRef, target: tag }])
    updates.push({ ref: seriesRef, target: tag, expected: null })
  }
  if (updates.length === 0) {
    return { outcome: 'published', n, seriesRef, branch: moved }
  }
  const pushed = await project.git.push(project.heads, updates, signal)
  switch (pushed.outcome) {
    case 'pushed':
      return { outcome: 'published', n, seriesRef, branch: moved }
    case 'refused':
      return { outcome: 'refused', reason: pushed.reason, output: pushed.output }
    case 'stale':
      throw new BotError('FLOW_PUSH_CONTENDED', 'a ref of the mirror moved between look and push', {
        retry: 'later',
        details: { refs: pushed.refs },
      })
  }
}

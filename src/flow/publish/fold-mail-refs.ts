import type { RefName, Sha } from '../../core/ids.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import { mailRef } from '../../core/ref-name.ts'
import { parseSeriesTag, type SeriesTag } from '../../core/series/series-tag.ts'
import type { PushResult, RefUpdate } from '../../git/git-engine.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { foldedBefore, foldedName } from './folded-mails.ts'

const applicationsAtOnce = 100
/** In one day, so that nothing else waits long: a backlog of years takes some. */
const batchesAtOnce = 20

type Ports = Pick<FlowPorts, 'store' | 'log' | 'clock' | 'upkeep'>

/** The tag objects of applications, as far as the mirror has them: they alone tell the commits of the mails afterwards. */
async function tagsOf(
  applications: readonly ApplicationRecord[],
  { git, heads }: ProjectPorts,
  signal: AbortSignal,
): Promise<readonly SeriesTag[]> {
  const names = applications.flatMap(({ seriesRef }) => seriesRef ?? [])
  const theirs = await git.remoteRefs(heads, names, signal)
  const tags: SeriesTag[] = []
  for (const name of names) {
    const sha = theirs.get(name)
    const object = sha === undefined ? null : await git.readTag(sha)
    const tag = object === null ? null : parseSeriesTag(object.message)
    tags.push(...(tag === null ? [] : [tag]))
  }
  return tags
}

/** The refs that a publication made, and where to. */
function mailRefsOf({ commits, cover, head }: SeriesTag): ReadonlyMap<RefName, Sha> {
  const made = commits.flatMap(({ messageId, sha }) =>
    sha === null ? [] : [[mailRef(messageId), sha] as const],
  )
  return new Map([...made, ...(cover === null ? [] : [[mailRef(cover), head] as const])])
}

/** One group for each application: its refs that are where it put them. Others stay: they are of another publication, or somebody's. */
async function deletions(
  tags: readonly SeriesTag[],
  { git, heads }: ProjectPorts,
  signal: AbortSignal,
): Promise<readonly (readonly RefUpdate[])[]> {
  const wanted = tags.map(mailRefsOf)
  const names = [...new Set(wanted.flatMap((refs) => [...refs.keys()]))]
  const theirs = await git.remoteRefs(heads, names, signal)
  const seen = new Set<RefName>()
  return wanted
    .map((refs) =>
      [...refs].flatMap(([ref, commit]): RefUpdate[] => {
        const isOurs = theirs.get(ref) === commit && !seen.has(ref)
        seen.add(ref)
        return isOurs ? [{ ref, target: null, expected: commit }] : []
      }),
    )
    .filter((updates) => updates.length > 0)
}

/** What kept some of a batch; null: nothing. A ref that somebody moved meanwhile is theirs. */
function refusalIn(results: readonly PromiseSettledResult<PushResult>[]): string | null {
  for (const result of results) {
    if (result.status === 'rejected') {
      return String(result.reason)
    }
    if (result.value.outcome === 'refused') {
      return result.value.output
    }
  }
  return null
}

/**
 * Deletes on the mirror the `refs/mail` entries of what was applied longer ago than `retention.mailRefs`: the tag object of the
 * series, which stays, names every commit. Each deletion has a lease, and how far this came is remembered after each batch, so that a
 * kill in between leaves the rest to the next time. Gives how many refs were deleted. Throws GIT_REMOTE_UNREACHABLE.
 */
export async function foldMailRefs(
  project: ProjectPorts,
  ports: Ports,
  signal: AbortSignal,
): Promise<number> {
  const { name } = project.project
  const until = foldedBefore(ports)
  let count = 0
  for (let batch = 0; batch < batchesAtOnce; batch += 1) {
    signal.throwIfAborted()
    const applications = await ports.store.read(async (reader) => {
      const cursor = await reader.cursor(foldedName(name))
      const after = cursor === null ? null : new Date(cursor)
      return reader.publishedBetween(name, after, until, applicationsAtOnce)
    })
    const last = applications.at(-1)?.at ?? null
    if (last === null) {
      break
    }
    const groups = await deletions(await tagsOf(applications, project, signal), project, signal)
    const results = await project.git.pushEach(project.heads, groups, signal)
    const refusal = refusalIn(results)
    if (refusal !== null) {
      const fields = { project: name, said: refusal }
      ports.log.warn(fields, 'old mail refs of the mirror were not folded; tried again tomorrow')
      break
    }
    count += groups.flat().length
    await ports.store.transaction((tx) => tx.saveCursor(foldedName(name), last.toISOString()))
  }
  if (count > 0) {
    ports.log.info({ project: name, count }, 'folded old mail refs: deleted them on the mirror')
  }
  return count
}

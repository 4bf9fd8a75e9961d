import type { Sha } from '../../core/ids.ts'
import type { PullRequestRecord } from '../../core/pull-request/pull-request-record.ts'
import { isNewer } from '../../core/topic/version-order.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import type { Situation } from '../series/series-situation.ts'

/** As the forge has it where it may have changed since we looked. */
async function isClosed(
  known: PullRequestRecord,
  { forge }: ProjectPorts,
  signal: AbortSignal,
): Promise<boolean> {
  if (known.state !== 'open') {
    return known.closedBy === 'person'
  }
  const seen = await forge.getPullRequest(known.number, signal)
  return seen === null || seen.state !== 'open'
}

/**
 * The pull request of this version or a newer one, where a person closed it: another head of it must not be pushed, since a
 * forge reopens none whose branch moved meanwhile. Null where it may be pushed.
 */
export async function closedByPerson(
  { record, version }: Pick<Situation, 'record' | 'version'>,
  head: Sha,
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'store'>,
  signal: AbortSignal,
): Promise<number | null> {
  const { topic } = record
  const known = (await ports.store.read((reader) => reader.pullRequests({ topic }))).at(-1)
  return known !== undefined &&
    known.head !== head &&
    !isNewer(version, known.version) &&
    (await isClosed(known, project, signal))
    ? known.number
    : null
}

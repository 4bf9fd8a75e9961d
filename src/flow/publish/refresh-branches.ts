import type { RefName, Sha } from '../../core/ids.ts'
import type { Project } from '../../core/project.ts'
import type { Job, StoreReader } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject, type ProjectPorts } from '../ports.ts'
import { bringBackRefs } from './bring-back-refs.ts'
import { noteMerges, rememberTips } from './note-merges.ts'
import { overlayBranches } from './overlay-branches.ts'

/** Every base branch of a project, best first, each once. */
export function baseBranches(project: Project): readonly RefName[] {
  return [...new Set([...project.branches, ...Object.values(project.prefixBranches)])]
}

/**
 * Fetches the base branches, under their own names, and, where they come from an upstream, moves those of the mirror after them,
 * with the overlay on top where there is one. Branches that the remote does not have are left out. Throws
 * GIT_REMOTE_UNREACHABLE, FLOW_OVERLAY_REFUSED, CLI_OVERLAY_UNUSABLE.
 */
export async function refreshBranches(
  serving: ProjectPorts,
  ports: Pick<FlowPorts, 'bot' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const { project, git, mirror, upstream } = serving
  const remote = upstream ?? mirror
  const wanted = baseBranches(project)
  const theirs = await git.remoteRefs(remote, wanted, signal)
  const present = wanted.filter((branch) => theirs.has(branch))
  const before = new Map<RefName, Sha>()
  if (present.length > 0) {
    for (const ref of serving.overlay === null ? [] : present) {
      const tip = await git.resolve(ref)
      if (tip !== null) {
        before.set(ref, tip)
      }
    }
    await git.fetch(
      remote,
      present.map((branch) => ({ from: branch, to: branch })),
      signal,
    )
  }
  if (upstream === null) {
    return
  }
  if (serving.overlay !== null) {
    await overlayBranches(present, before, serving, ports, signal)
    return
  }
  const ours = await git.remoteRefs(mirror, wanted, signal)
  const updates = []
  for (const ref of present) {
    const target = await git.resolve(ref)
    const expected = ours.get(ref) ?? null
    if (target !== null && target !== expected) {
      updates.push({ ref, target, expected })
    }
  }
  if (updates.length > 0) {
    await git.push(mirror, updates, signal)
  }
}

function refreshedName(project: string): string {
  return `refreshed ${project}`
}

/** When the base branches of a project were last refreshed as a whole; null where they never were. */
export async function refreshedAt(
  project: string,
  reader: Pick<StoreReader, 'cursor'>,
): Promise<Date | null> {
  const saved = await reader.cursor(refreshedName(project))
  return saved === null ? null : new Date(saved)
}

/** The wake-up that keeps the mirror's base branches fresh while no series arrives, and finds what was merged into them. */
export async function refreshProject(
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const project = findProject(ports, job.key)
  if (project === null) {
    await finish(job, ports)
    return
  }
  await refreshBranches(project, ports, signal)
  const { name } = project.project
  const lookedAt = await ports.store.read((reader) => refreshedAt(name, reader))
  await bringBackRefs(project, lookedAt, ports, signal)
  const tips = await noteMerges(baseBranches(project.project), project, ports, signal)
  await finish(job, ports, async (tx) => {
    await rememberTips(name, tips, tx)
    await tx.saveCursor(refreshedName(name), ports.clock().toISOString())
  })
}

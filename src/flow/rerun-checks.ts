import { noLook } from '../core/commit-look.ts'
import type { Sha } from '../core/ids.ts'
import type { Job } from '../store/store.ts'
import { finish } from './job-outcome.ts'
import { type FlowPorts, findProject } from './ports.ts'

/** A person wants a head tested again: has the forge run its red checks again, where it can, and looks at them anew. */
export async function rerunChecks(job: Job, ports: FlowPorts, signal: AbortSignal): Promise<void> {
  const [name = '', hex = ''] = job.key.split(' ')
  const sha = hex as Sha
  const project = findProject(ports, name)
  if (project === null || !project.forge.capabilities.rerun) {
    await finish(job, ports)
    return
  }
  const outcome = await project.forge.rerunChecks(sha, signal)
  ports.log.info({ project: name, sha, outcome }, 'the forge was asked to run red checks again')
  await finish(job, ports, async (tx) => {
    const dueAt = new Date(ports.clock().getTime() + project.project.checks.quietMs)
    const look = (await tx.commitLook(name, sha)) ?? noLook(name, sha)
    await tx.saveCommitLook({ ...look, dueAt })
    for (const { topic, version } of await tx.publishedHeads(sha)) {
      await tx.enqueue('collect', `${topic} ${version}`, dueAt)
    }
  })
}

import type { Sha } from '../../core/ids.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject } from '../ports.ts'

/** The key of the job that says our own tester's result of one commit on the forge. */
export function statusKey(project: string, sha: Sha): string {
  return `${project} ${sha}`
}

/** Says on the forge what our own tester found, as a commit status: what is stored now, however often it runs. */
export async function sayStatus(job: Job, ports: FlowPorts, signal: AbortSignal): Promise<void> {
  const [name = '', sha = ''] = job.key.split(' ')
  const project = findProject(ports, name)
  const context = project?.project.tests?.name
  if (project !== null && project.forge.capabilities.checks) {
    const checks = await ports.store.read((reader) => reader.checks(sha as Sha))
    const own = checks.find((one) => one.origin === 'command' && one.context === context)
    if (own !== undefined) {
      await project.forge.setStatus(own, signal)
    }
  }
  await finish(job, ports)
}

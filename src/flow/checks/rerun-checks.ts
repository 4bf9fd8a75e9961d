import { noLook } from '../../core/checks/commit-look.ts'
import type { Decision } from '../../core/decision.ts'
import type { Sha } from '../../core/ids.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import type { Rerun } from '../../forge/forge.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject, type ProjectPorts } from '../ports.ts'
import { appliedHead } from '../publish/push-application.ts'

/** Where a forge runs nothing again from here, all that is red stays so. */
async function rerunOn({ forge }: ProjectPorts, sha: Sha, signal: AbortSignal): Promise<Rerun> {
  if (forge.capabilities.rerun) {
    return forge.rerunChecks(sha, signal)
  }
  const { checks } = await forge.listChecks(sha, signal)
  const red = checks.filter(({ state }) => /^(?:failure|error|cancelled)$/.test(state))
  return { started: [], left: red.map(({ context }) => context) }
}

function saidOf({ started, left }: Rerun): string {
  const parts = [
    ...(started.length === 0 ? [] : [`run again: ${started.join(', ')}`]),
    ...(left.length === 0
      ? []
      : [`stays red until it is run again where it runs: ${left.join(', ')}`]),
  ]
  return parts.join('; ')
}

function decisionOf(
  { topic, version, application }: ApplicationRecord,
  head: Sha,
  rerun: Rerun,
  at: Date,
): Decision {
  return {
    at,
    messageId: application.commits[0]?.messageId ?? null,
    topic,
    version,
    step: 'test',
    rule: 'run-again',
    inputs: { head, ...rerun },
    result: saidOf(rerun),
  }
}

/** A person wants a head tested again: has the forge run its red checks again, where it can, and looks at them anew. */
export async function rerunChecks(job: Job, ports: FlowPorts, signal: AbortSignal): Promise<void> {
  const [name = '', hex = ''] = job.key.split(' ')
  const sha = hex as Sha
  const project = findProject(ports, name)
  if (project === null || !project.forge.capabilities.checks) {
    await finish(job, ports)
    return
  }
  const rerun = await rerunOn(project, sha, signal)
  ports.log.info({ project: name, sha, ...rerun }, 'the forge was asked to run red checks again')
  await finish(job, ports, async (tx) => {
    const now = ports.clock()
    const dueAt = new Date(now.getTime() + project.project.checks.quietMs)
    const look = (await tx.commitLook(name, sha)) ?? noLook(name, sha)
    await tx.saveCommitLook({ ...look, dueAt })
    const isNews = rerun.started.length + rerun.left.length > 0
    for (const one of isNews ? await tx.applicationsTouching(sha) : []) {
      // What is looked at again is not published at the moment, but has been.
      if (appliedHead(one) === sha && one.seriesRef !== null) {
        await tx.addDecision(decisionOf(one, sha, rerun, now))
      }
    }
    for (const { topic, version } of await tx.publishedHeads(sha)) {
      await tx.enqueue('collect', `${topic} ${version}`, dueAt)
    }
  })
}

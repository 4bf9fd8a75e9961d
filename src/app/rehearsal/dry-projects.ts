import path from 'node:path'
import type { Config, ProjectConfig } from '../../config/config.ts'
import type { ReportPolicy } from '../../core/project.ts'
import type { ProjectPorts } from '../../flow/ports.ts'
import { baseBranches } from '../../flow/publish/refresh-branches.ts'
import { gitText } from '../../git/cli/run-git.ts'
import { openGitEngine } from '../../git/engine/open-git-engine.ts'
import { createRepository } from '../../git/engine/repository.ts'
import type { UpstreamStores } from '../../git/engine/upstream-store.ts'
import { readAsGit } from '../../mail/parse/read-as-git.ts'
import { type ForgeTools, openForge } from '../forge/open-forge.ts'
import type { StateLayout } from '../state-layout.ts'
import { type RecordAct, recordingGit } from './acts.ts'
import { recordingForge } from './recording-forge.ts'

/** As the policy says, but that nothing waits for a person, for an hour, or forgets what is old: the mails of last month are. */
function atOnce(policy: ReportPolicy): ReportPolicy {
  return { ...policy, isDryRun: false, quietHours: null, staleAfterMs: null, deadlineMs: null }
}

function rehearsed(project: ProjectConfig, mirrorUrl: string): ProjectConfig {
  return {
    ...project,
    upstreamUrl: null,
    mirrorUrl,
    // Without a server there is no `refs/for/`; the branch stands for what would be pushed there.
    placement: project.placement === 'agit' ? 'fork' : project.placement,
    checks: { ...project.checks, expected: [] },
    tests: null,
    testing: null,
    usesGreenBase: false,
    overlayFolder: null,
    reports: atOnce(project.reports),
    listReports: Object.fromEntries(
      Object.entries(project.listReports).map(([list, policy]) => [list, atOnce(policy)]),
    ),
  }
}

/**
 * A project whose base branches are fetched as `serve` would, into the upstream stores that it will use, and whose mirror is a
 * copy at `layout`. Nothing else asks the real one. Throws GIT_REMOTE_UNREACHABLE, GIT_REMOTE_DENIED.
 */
export async function openDryProject(
  project: ProjectConfig,
  layout: StateLayout,
  upstreams: UpstreamStores,
  tools: ForgeTools,
  record: RecordAct,
  signal: AbortSignal,
): Promise<ProjectPorts> {
  const directory = layout.repository(project.name)
  await createRepository(directory)
  const from = project.upstreamUrl ?? project.mirrorUrl
  const upstream = await upstreams.open(from, directory)
  const git = await openGitEngine(directory, { readMail: readAsGit, upstream })
  try {
    const { forge, mirror } = openForge(project, tools)
    const remote =
      project.upstreamUrl === null
        ? mirror
        : { url: from, authorization: project.upstreamAuthorization?.reveal() ?? null }
    const branches = baseBranches(project)
    const there = await git.remoteRefs(remote, branches, signal)
    const present = branches.filter((branch) => there.has(branch))
    await git.fetch(
      remote,
      present.map((branch) => ({ from: branch, to: branch })),
      signal,
    )
    const copy = path.join(
      path.dirname(directory),
      `${encodeURIComponent(project.name)}-mirror.git`,
    )
    await gitText(['clone', '--quiet', '--bare', '--shared', '--template=', directory, copy])
    const heads = { url: copy, authorization: null }
    return {
      project: rehearsed(project, copy),
      git: recordingGit(git, record),
      forge: recordingForge(forge, heads, git, record),
      mirror: heads,
      heads,
      upstream: null,
      overlay: null,
      test: () => Promise.reject(new TypeError('a rehearsal runs no tests')),
    }
  } catch (error) {
    await git.close()
    throw error
  }
}

/** All projects; what was opened by then is closed when one cannot be. */
export async function openDryProjects(
  config: Config,
  layout: StateLayout,
  upstreams: UpstreamStores,
  tools: ForgeTools,
  record: RecordAct,
  signal: AbortSignal,
): Promise<readonly ProjectPorts[]> {
  const opened: ProjectPorts[] = []
  try {
    for (const project of config.projects) {
      opened.push(await openDryProject(project, layout, upstreams, tools, record, signal))
    }
    return opened
  } catch (error) {
    await Promise.all(opened.map(({ git }) => git.close()))
    throw error
  }
}

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ProjectConfig } from '../../config/config.ts'
import type { RefName } from '../../core/ids.ts'
import type { Mailbox } from '../../core/message.ts'
import { flowErrors } from '../../flow/flow-error.ts'
import type { ProjectPorts } from '../../flow/ports.ts'
import { foreignBranches } from '../../flow/publish/overlay-branches.ts'
import { baseBranches } from '../../flow/publish/refresh-branches.ts'
import { openUpstreamStores } from '../../git/engine/upstream-store.ts'
import type { ForgeTools } from '../forge/open-forge.ts'
import { openProject } from '../runtime.ts'
import { type StateLayout, stateLayout } from '../state-layout.ts'
import { checkCi } from './ci.ts'
import { examine, type Finding, fault, ok, warning, wrong } from './finding.ts'
import { tryIsolation } from './isolation.ts'
import { publishedRefs } from './records.ts'
import { missingTestProgram } from './test-program.ts'
import { checkTrust } from './trust.ts'

/** What the forge says of the account of the bot, its rights and the repositories. */
export async function checkForge(
  { project, forge }: Pick<ProjectPorts, 'project' | 'forge'>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const check = `project ${project.name}: forge`
  try {
    const found = await forge.examine(signal)
    return found.map(({ what, level, message, remedy }) => ({
      check: `${check}: ${what}`,
      level: level === 'failing' ? 'wrong' : level,
      message,
      remedy,
    }))
  } catch (error) {
    return [fault(check, error)]
  }
}

/** Whether the overlay can be read, and which branches of the mirror it is kept from. */
async function checkOverlay(
  project: ProjectPorts,
  bot: Mailbox,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { overlay } = project
  const check = `project ${project.project.name}: overlay`
  if (overlay === null) {
    return []
  }
  const finding = await examine(check, async () => {
    const files = await overlay(signal)
    // Before the first round nothing is known of upstream, and nothing is anybody's.
    const branches: RefName[] = []
    for (const branch of baseBranches(project.project)) {
      branches.push(...((await project.git.resolve(branch)) === null ? [] : [branch]))
    }
    const foreign = await foreignBranches(branches, project, { bot }, signal)
    return foreign.length === 0
      ? ok(check, `${files.length} ${files.length === 1 ? 'file' : 'files'}`)
      : warning(
          check,
          `somebody pushed to ${foreign.join(', ')} of the mirror: left as it is`,
          'Set it back to a commit of upstream, or delete it there; the overlay follows.',
        )
  })
  return [finding]
}

/** Whether upstream, or the mirror where there is none, has the base branches. Throws what asking it throws. */
export async function checkBranches(
  { project, git, mirror, upstream }: ProjectPorts,
  signal: AbortSignal,
): Promise<Finding> {
  const check = `project ${project.name}: base branches`
  const remote = upstream ?? mirror
  const refs = await git.remoteRefs(remote, project.branches, signal)
  const missing = project.branches.filter((branch) => !refs.has(branch))
  return missing.length === 0
    ? ok(check, `${remote.url}: ${project.branches.join(', ')}`)
    : wrong(
        check,
        `${remote.url} has no ${missing.join(', ')}`,
        'Correct `branches`, or push them there first.',
      )
}

/** Whether the repositories that are pushed to answer, and whether others can fetch from them. */
export async function checkMirror(
  { project, git, mirror, heads }: ProjectPorts,
  signal: AbortSignal,
): Promise<Finding> {
  const check = `project ${project.name}: mirror`
  for (const remote of new Set([mirror, heads])) {
    await git.remoteRefs(remote, ['refs/heads/'], signal)
  }
  return path.isAbsolute(project.publicMirrorUrl)
    ? warning(
        check,
        `${project.mirrorUrl} answers, and reports tell people to fetch from that path`,
        'Give `mirror.publicUrl`: the address that others can fetch from.',
      )
    : ok(check, `${project.mirrorUrl} answers`)
}

/** Whether the mirror has what was published, and nothing that this state folder does not know of; null where all is well. */
async function checkPublished(
  { project, git, heads }: ProjectPorts,
  layout: StateLayout,
  signal: AbortSignal,
): Promise<Finding | null> {
  const check = `project ${project.name}: published series`
  const published = await publishedRefs(layout, project.name)
  const theirs = await git.remoteRefs(heads, ['refs/series/'], signal)
  if ((published === null || published.length === 0) && theirs.size > 0) {
    return wrong(
      check,
      `${heads.url} has ${theirs.size}, and this state folder knows of none: it is another one, or was lost`,
      flowErrors['FLOW_STATE_LOST']?.remedy ?? '',
    )
  }
  const lost = (published ?? []).filter((ref) => !theirs.has(ref))
  return lost.length === 0
    ? null
    : warning(
        check,
        `${heads.url} lacks ${lost.length} of ${published?.length ?? 0}, such as ${lost[0] ?? ''}`,
        'The service pushes them again where all are gone; if the address is wrong, correct it first.',
      )
}

/** Whether what runs strangers' code works. */
export async function checkTests(
  { name, tests, testing }: ProjectConfig,
  hasCi: boolean,
  signal: AbortSignal,
): Promise<Finding> {
  const check = `project ${name}: tests`
  if (testing === null) {
    return hasCi
      ? ok(check, 'none: the verdict is left to the forge')
      : warning(check, 'nothing tests a series', 'Write `tests`, or use a mirror on a forge.')
  }
  const problem = await tryIsolation(testing.isolation, signal)
  const { kind } = testing.isolation
  if (problem !== null) {
    const remedy = 'docs/security.md says what each isolation needs.'
    return wrong(check, `isolation ${kind}: ${problem}`, remedy)
  }
  const missing = await missingTestProgram({ tests, testing })
  return missing === null
    ? ok(check, `isolation ${kind} works`)
    : warning(
        check,
        `isolation ${kind} works, but there is no program ${missing}`,
        'Install it on this machine, correct the command, or write ./NAME for a file of the project.',
      )
}

/** Opens what serves a project, without asking anybody, and closes it after `use`. */
export async function withProject<T>(
  project: ProjectConfig,
  layout: StateLayout,
  tools: ForgeTools,
  use: (ports: ProjectPorts) => Promise<T>,
): Promise<T> {
  const upstreams = openUpstreamStores(layout.upstreams)
  try {
    const ports = await openProject(project, layout, upstreams, tools)
    try {
      return await use(ports)
    } finally {
      await ports.git.close()
    }
  } finally {
    await upstreams.close()
  }
}

/** Mirror and permissions, base branches, CI, tests, overlay and trust of one project. */
export async function checkProject(
  project: ProjectConfig,
  layout: StateLayout,
  tools: ForgeTools,
  bot: Mailbox,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const name = `project ${project.name}`
  // Before the first start nothing is made in the state folder.
  const isNew = !existsSync(layout.repository(project.name))
  const temporary = isNew ? await mkdtemp(path.join(tmpdir(), 'patchferry-doctor-')) : null
  const opened = temporary === null ? layout : stateLayout(temporary)
  try {
    return await withProject(project, opened, tools, async (ports) => [
      ...(await checkForge(ports, signal)),
      await examine(`${name}: base branches`, () => checkBranches(ports, signal)),
      await examine(`${name}: mirror`, () => checkMirror(ports, signal)),
      ...(await checkPublished(ports, layout, signal).then(
        (found) => (found === null ? [] : [found]),
        // Neither store nor mirror keeps this to itself.
        () => [],
      )),
      ...(await checkCi(ports, baseBranches(project), signal)),
      await examine(`${name}: tests`, () =>
        checkTests(project, ports.forge.capabilities.checks, signal),
      ),
      ...(await checkOverlay(ports, bot, signal)),
      ...checkTrust(project),
    ])
  } catch (error) {
    return [fault(`${name}: repository`, error)]
  } finally {
    if (temporary !== null) {
      await rm(temporary, { recursive: true, force: true })
    }
  }
}

import { readTriggers, type Trigger } from '../../config/ci-workflow.ts'
import type { RefName } from '../../core/ids.ts'
import { lastGlob } from '../../core/path-glob.ts'
import type { Placement } from '../../core/pull-request/pull-request.ts'
import type { ProjectPorts } from '../../flow/ports.ts'
import { lookAtFiles } from '../../git/engine/look-at-files.ts'
import { type Finding, fault, ok, unchecked, warning, wrong } from './finding.ts'

/** What the workflows of one base branch come to. */
export interface CiFound {
  /** Paths of workflows that run for a series on this base. */
  readonly running: readonly string[]
  /** Paths of those that do not, or are no workflows, with the reason. */
  readonly idle: readonly { readonly path: string; readonly why: string }[]
  /** Paths of those that give strangers' patches the secrets of the repository. */
  readonly dangerous: readonly string[]
}

function shortName(branch: RefName): string {
  return branch.replace(/^refs\/heads\//, '')
}

function takes({ branches, ignoredBranches }: Trigger, branch: string): boolean {
  const isWanted = branches === null || lastGlob(branches)(branch)
  return isWanted && !lastGlob(ignoredBranches)(branch)
}

/** The event whose workflows come from the base where `ForgeCapabilities.ciReadsTarget`. */
const targetEvent = 'pull_request_target'

/** Whether it runs for a series; null where it does, else why not. */
function idleBecause(
  triggers: readonly Trigger[],
  base: RefName,
  placement: Placement | null,
  isTargetMeant: boolean,
): string | null {
  const events = ['pull_request', ...(isTargetMeant ? [targetEvent] : [])]
  const pull = triggers.find(({ event }) => events.includes(event))
  if (pull !== undefined && takes(pull, shortName(base))) {
    return null
  }
  const push = triggers.find(({ event }) => event === 'push')
  const isPushedHere = placement === 'same-repo' || placement === 'secretless-mirror'
  if (push !== undefined && isPushedHere && !push.isForTags && takes(push, 'series/a-title-0')) {
    return null
  }
  if (pull !== undefined) {
    return `its \`${pull.event}\` leaves out ${shortName(base)}`
  }
  return push === undefined
    ? 'it has no trigger `pull_request`'
    : isPushedHere
      ? 'it has no trigger `pull_request`, and its `push` leaves out `series/**`'
      : `it runs for \`push\` alone, and with placement ${placement ?? 'none'} nothing is pushed to the mirror`
}

/** With secrets, and on what a stranger wrote: security.md says why. */
const dangerousEvents: readonly string[] = [targetEvent, 'workflow_run', 'issue_comment']

/**
 * Which of these workflow files run for a series on `base` whose head lives at `placement`. `isTargetMeant`: those of
 * `pull_request_target` run too, where an operator said that there are no secrets for them.
 */
export function judgeWorkflows(
  files: ReadonlyMap<string, string>,
  base: RefName,
  placement: Placement | null,
  isTargetMeant = false,
): CiFound {
  const running: string[] = []
  const dangerous: string[] = []
  const idle: { path: string; why: string }[] = []
  const feared = dangerousEvents.filter((event) => !isTargetMeant || event !== targetEvent)
  for (const [path, text] of files) {
    const triggers = readTriggers(text)
    if (triggers === null) {
      idle.push({ path, why: 'it cannot be read as a workflow' })
      continue
    }
    const why = idleBecause(triggers, base, placement, isTargetMeant)
    if (why === null) {
      running.push(path)
    } else {
      idle.push({ path, why })
    }
    if (triggers.some(({ event }) => feared.includes(event))) {
      dangerous.push(path)
    }
  }
  return { running, idle, dangerous }
}

/** The workflows that CI reads for a series on this branch; null where the branch is nowhere yet. */
async function workflowsOn(
  branch: RefName,
  { git, mirror, upstream, forge, overlay }: ProjectPorts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | null> {
  const { workflowFolders } = forge.capabilities
  for (const remote of [mirror, ...(upstream === null ? [] : [upstream])]) {
    const refs = await git.remoteRefs(remote, [branch], signal)
    if (!refs.has(branch)) {
      continue
    }
    const all = new Map(await lookAtFiles(remote, branch, workflowFolders, signal))
    for (const { path, content } of (await overlay?.(signal)) ?? []) {
      all.set(path, Buffer.from(content).toString('utf8'))
    }
    const found = workflowFolders
      .map((folder) => [...all].filter(([path]) => isWorkflow(path, folder)))
      .find((files) => files.length > 0)
    return new Map(found ?? [])
  }
  return null
}

function isWorkflow(path: string, folder: string): boolean {
  const name = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : ''
  return /^[^/]+\.ya?ml$/.test(name)
}

/** Where people find one to begin with. */
const sample = 'templates/workflows has files to start from, docs/forges.md says where they go.'

function judge(check: string, branch: RefName, found: CiFound, isOptional: boolean): Finding[] {
  const { running, idle, dangerous } = found
  const name = shortName(branch)
  const findings: Finding[] = []
  const reasons = idle.map(({ path, why }) => `${path}: ${why}`)
  if (running.length > 0) {
    findings.push(
      ok(check, `${name}: ${running.join(', ')} ${running.length === 1 ? 'runs' : 'run'}`),
    )
  } else if (isOptional) {
    findings.push(ok(check, `${name}: no workflow runs for a series; other checks are expected`))
  } else if (reasons.length > 0) {
    const remedy = `Give one of them the trigger \`pull_request\`. ${sample}`
    findings.push(
      warning(check, `${name}: no workflow runs for a series: ${reasons.join('; ')}`, remedy),
    )
  } else {
    const remedy = `Add a workflow to ${name}, or use \`mirror.overlay\` or \`tests\`. ${sample}`
    findings.push(
      warning(check, `${name}: there is no workflow, so nothing tests a series`, remedy),
    )
  }
  if (dangerous.length > 0) {
    findings.push(
      wrong(
        check,
        `${name}: ${dangerous.join(', ')} can run what strangers sent with the secrets of the repository`,
        'Use `pull_request` in place of `pull_request_target`, `workflow_run` and `issue_comment` (docs/security.md).',
      ),
    )
  }
  return findings
}

/** Whether the forge's CI would run for series on each base branch. Nothing where the forge has no CI of its own. */
export async function checkCi(
  ports: ProjectPorts,
  branches: readonly RefName[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { project, forge, overlay } = ports
  const check = `project ${project.name}: CI`
  if (forge.capabilities.workflowFolders.length === 0) {
    return []
  }
  const isOptional = project.checks.expected.length > 0 || project.tests !== null
  // Without that word the overlay is refused (`openOverlay`).
  const isTargetMeant = overlay !== null && forge.capabilities.ciReadsTarget
  const findings: Finding[] = []
  for (const branch of branches) {
    try {
      const files = await workflowsOn(branch, ports, signal)
      findings.push(
        ...(files === null
          ? [unchecked(check, `neither mirror nor upstream has ${shortName(branch)}`)]
          : judge(
              check,
              branch,
              judgeWorkflows(files, branch, project.placement, isTargetMeant),
              isOptional,
            )),
      )
    } catch (error) {
      signal.throwIfAborted()
      findings.push(fault(check, error))
    }
  }
  return findings
}

import { isApprovalAwaited } from '../../core/checks/ci-note.ts'
import { skipMarkOf } from '../../core/checks/skip-mark.ts'
import type { CiSilence } from '../../core/checks/verdict.ts'
import { overlayRef } from '../../core/pull-request/overlay.ts'
import type { ProjectPorts } from '../ports.ts'
import type { Evidence } from './gather-evidence.ts'
import type { Seen } from './look-at-checks.ts'

/** Where CI is configured in a repository: without any of these, and where nothing ever reported, nothing is waited for. */
const ciFiles = [
  '.github/workflows',
  '.gitea/workflows',
  '.forgejo/workflows',
  '.gitlab-ci.yml',
  '.woodpecker',
  '.woodpecker.yml',
  '.woodpecker.yaml',
  '.drone.yml',
  '.circleci',
  '.cirrus.yml',
  '.cirrus.star',
  '.travis.yml',
  '.builds',
  '.build.yml',
  '.buildkite',
  '.appveyor.yml',
  'appveyor.yml',
  'azure-pipelines.yml',
  'Jenkinsfile',
]

/** What tells CI not to run, in the message of the head; null where nothing does. */
export async function skipMark(
  { head }: Pick<Evidence, 'head'>,
  { git }: ProjectPorts,
): Promise<string | null> {
  return skipMarkOf(await git.commitMessage(head))
}

async function conflictsWithBase(
  { application, head }: Evidence,
  { git, forge, overlay }: ProjectPorts,
  signal: AbortSignal,
): Promise<boolean> {
  const branch = application.baseBranch
  const onMirror = branch === null || overlay === null ? branch : overlayRef(branch)
  const tip = onMirror === null ? null : await git.resolve(onMirror)
  if (!forge.capabilities.ciReadsMerge || tip === null || tip === application.base) {
    return false
  }
  return (await git.mergesCleanly(head, tip, signal)) === false
}

/** Why the forge's CI said nothing of this head though it had time to; null where it spoke, or where it may yet. */
export async function findSilence(
  evidence: Evidence,
  seen: Seen,
  mark: string | null,
  isOver: boolean,
  project: ProjectPorts,
  signal: AbortSignal,
): Promise<CiSilence | null> {
  if (isApprovalAwaited(seen.checks, seen.look.approvalUrl)) {
    return 'approval-needed'
  }
  if (seen.checks.length > 0) {
    return null
  }
  if (mark !== null) {
    return 'skip-mark'
  }
  const isConfigured =
    evidence.hasHistory ||
    project.project.checks.expected.length > 0 ||
    // The workflows are on the base then, where CI reads them.
    project.overlay !== null
  if (!isConfigured && (await project.git.pathsIn(evidence.head, ciFiles)).length === 0) {
    return 'no-workflow'
  }
  if (await conflictsWithBase(evidence, project, signal)) {
    return 'base-conflict'
  }
  return isOver ? 'no-result' : null
}

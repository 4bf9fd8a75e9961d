import type { ProjectConfig } from '../../config/config.ts'
import { type Finding, ok, warning } from './finding.ts'

function checkPlacement({ name, placement, forge }: ProjectConfig): readonly Finding[] {
  const check = `project ${name}: placement`
  switch (placement) {
    case null:
      return []
    case 'fork':
    case 'agit':
      return [ok(check, `${placement}: CI runs strangers' patches without secrets`)]
    case 'secretless-mirror': {
      const where = `${forge?.repository.owner ?? ''}/${forge?.repository.name ?? ''}`
      return [
        ok(
          check,
          `${placement}: strangers' patches can read every secret of ${where}, so it has none`,
        ),
      ]
    }
    case 'same-repo':
      return [
        warning(
          check,
          `${placement}: CI gives strangers' patches the secrets of the mirror`,
          'Use `placement: fork`, `agit` or `secretless-mirror`; docs/security.md says what each leaves open.',
        ),
      ]
  }
}

function checkSenders({ name, trust }: ProjectConfig): readonly Finding[] {
  const check = `project ${name}: senders`
  const { unknownSenders, knownSenders, approvers, authservIds } = trust
  if (authservIds.length === 0 && knownSenders.length + approvers.length > 0) {
    return [
      warning(
        check,
        'nobody can be known: a From alone proves nothing, and no `trust.authservIds` are given',
        'Name the mail servers of your own side, as their `Authentication-Results` write it.',
      ),
    ]
  }
  if (unknownSenders === 'hold' && knownSenders.length === 0) {
    return [
      warning(
        check,
        'every series waits for a person: nobody is known',
        'Name people under `trust.knownSenders`, or approve each series.',
      ),
    ]
  }
  return [ok(check, unknownSenders === 'hold' ? 'strangers wait for approval' : 'all are tested')]
}

function checkIsolation({ name, testing }: ProjectConfig): readonly Finding[] {
  return testing?.isolation.kind === 'none'
    ? [
        warning(
          `project ${name}: isolation`,
          'tests, which are strangers’ code, may do all that this user may',
          'Use `isolation: bubblewrap` or `container` where patches come from people you do not know.',
        ),
      ]
    : []
}

/** What nobody notices by itself, and so is said at each start of the service too. */
export function checkTrustAtStart(project: ProjectConfig): readonly Finding[] {
  return [...checkPlacement(project), ...checkSenders(project)]
}

/** What a stranger's patch could do here, as far as the configuration says. */
export function checkTrust(project: ProjectConfig): readonly Finding[] {
  return [...checkTrustAtStart(project), ...checkIsolation(project)]
}

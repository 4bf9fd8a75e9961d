import type { Config, ProjectConfig } from './config.ts'

/** What is allowed, but cannot be meant, or is dangerous. */
export interface ConfigWarning {
  /** What it is about, such as `project hello: trust.approvers`. */
  readonly about: string
  readonly message: string
  readonly remedy: string
}

const nameServer =
  'Name your own mail server under `trust.authservIds`, as it writes itself in `Authentication-Results` (docs/security.md).'

function ofProject({ name, placement, trust }: ProjectConfig): readonly ConfigWarning[] {
  const found: ConfigWarning[] = []
  const canProve = trust.authservIds.length > 0
  if (trust.approvers.length > 0 && !canProve) {
    found.push({
      about: `project ${name}: trust.approvers`,
      message:
        'nobody can release a series by mail: `authservIds` is empty, so that no sender is proven',
      remedy: `${nameServer} Or remove \`approvers\`.`,
    })
  }
  if (trust.unknownSenders === 'hold' && !canProve) {
    found.push({
      about: `project ${name}: trust.unknownSenders`,
      message: 'every series is held: `authservIds` is empty, so that no sender is known',
      remedy: nameServer,
    })
  }
  if (placement === 'same-repo') {
    found.push({
      about: `project ${name}: mirror.placement`,
      message:
        'CI runs strangers’ patches with the secrets of the mirror, and a token that may write',
      remedy:
        'Use `fork` or `agit` (docs/security.md), unless CI of the mirror has nothing to lose.',
    })
  }
  return found
}

/** What a configuration that can be used should be looked at again for; said by `doctor`, and at each start. */
export function configWarnings({ projects }: Config): readonly ConfigWarning[] {
  return projects.flatMap(ofProject)
}

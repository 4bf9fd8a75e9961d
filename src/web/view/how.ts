import type { AppliedHow } from '../../core/apply/application.ts'
import { factBadge } from './badge.ts'
import type { Html } from './html.ts'

/** How a patch reached the tree, after its count. */
export const howLabels: Readonly<Record<AppliedHow, string>> = {
  clean: 'clean',
  offset: 'with offset',
  '3way': 'by 3-way merge',
  'already-applied': 'already in the base',
  git: 'by git am',
}

export function howBadge(how: AppliedHow): Html {
  switch (how) {
    case '3way':
      return factBadge('wait', 'merge', howLabels[how])
    case 'already-applied':
      return factBadge('done', 'merge', howLabels[how])
    case 'clean':
    case 'offset':
    case 'git':
      return factBadge('calm', 'check', howLabels[how])
  }
}

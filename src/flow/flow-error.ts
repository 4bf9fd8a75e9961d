import type { ErrorCatalogue } from '../core/error-catalogue.ts'

export const flowErrors: ErrorCatalogue = {
  FLOW_STORE_LOST: {
    meaning:
      'The store is empty, or was half rebuilt, but archive and journal tell of earlier work.',
    remedy:
      'Run `patchferry rebuild`, which knows again what was sent; or put the store back where it was.',
  },
  FLOW_PUSH_CONTENDED: {
    meaning: 'A ref of the mirror moved between our look and our push.',
    remedy: 'Nothing: the job looks again by itself. If it goes on, find who else pushes there.',
  },
  FLOW_MIRROR_REFUSED: {
    meaning: 'The mirror refused our push for a reason that waiting does not change.',
    remedy:
      'Read the reason: a hook, a missing permission or a size limit. Mend it there, then `patchferry retest TOPIC`.',
  },
}

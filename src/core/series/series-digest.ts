import { hash } from 'node:crypto'
import type { Series } from './series.ts'

/**
 * sha256 hex over what publishing a version depends on: what it is, its mails in order with their numbers, and what
 * its base is chosen by. Replies, trailers given in them and problems are not part: they change no tree.
 */
export function seriesDigest(series: Series): string {
  const parts = [
    series.version,
    series.minor,
    series.total,
    series.complete,
    series.cover,
    series.patches.map((patch) => [patch.number, patch.messageId, patch.patchId]),
    series.name,
    series.prefixes,
    series.baseCommit,
    series.prerequisitePatchIds,
    series.dependsOn,
  ]
  return hash('sha256', JSON.stringify(parts))
}

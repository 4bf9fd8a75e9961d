import type { MessageId } from '../ids.ts'
import type { Message } from '../message.ts'
import type { ReportKind } from '../project.ts'
import type { Series } from '../series/series.ts'

type Tagged = Pick<Message, 'messageId' | 'trailers'>

function saysSkip({ trailers }: Tagged): boolean {
  return trailers.some(
    ({ key, value }) => key.toLowerCase() === 'ci-tag' && value.trim().toLowerCase() === 'skip',
  )
}

const verdicts: readonly ReportKind[] = ['success', 'failure', 'error']

/**
 * Whether the author marked what a report is about `CI-tag: skip`, as Linaro's precommit CI reads it: in the cover for
 * the whole series, in a patch for the state after that patch. A verdict is about the last patch, the state that was
 * tested; what `concerned` is in the way of (a conflict) is about that patch; all else is about every patch.
 */
export function isTaggedSkip(
  kind: ReportKind,
  series: Pick<Series, 'cover' | 'patches'>,
  concerned: MessageId | null,
  mails: readonly Tagged[],
): boolean {
  const tagged = new Set(mails.filter(saysSkip).map(({ messageId }) => messageId))
  if (series.cover !== null && tagged.has(series.cover)) {
    return true
  }
  const patches = series.patches.map(({ messageId }) => messageId)
  const last = patches.at(-1)
  if (verdicts.includes(kind)) {
    return last !== undefined && tagged.has(last)
  }
  return concerned !== null && patches.includes(concerned)
    ? tagged.has(concerned)
    : patches.length > 0 && patches.every((patch) => tagged.has(patch))
}

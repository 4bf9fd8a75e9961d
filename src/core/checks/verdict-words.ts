import type { CiSilence, Verdict } from './verdict.ts'

/** Clauses for `explain` and the dashboard. */
const silenceWords: Readonly<Record<CiSilence, string>> = {
  'skip-mark': 'the commit message tells CI not to run',
  'no-workflow': 'the project has no CI that would run',
  'approval-needed': 'CI waits for a person who lets it begin',
  'base-conflict': 'it does not merge with its base branch any more, so that CI does not run',
  'all-skipped': 'CI skipped every check',
  'no-result': 'CI did not report in time',
}

/** A clause that completes `because …`. */
export function silenceInWords(silence: CiSilence): string {
  return silenceWords[silence]
}

const mostNames = 10

function named(words: string, names: readonly string[]): readonly string[] {
  const shown = names.slice(0, mostNames)
  const more = names.length > mostNames ? [`${names.length - mostNames} more`] : []
  return names.length === 0 ? [] : [`${words} ${[...shown, ...more].join(', ')}`]
}

/** What a verdict says, for `explain`: one line, every part told apart. */
export function verdictInFull(verdict: Verdict): string {
  const { state, sha, silence, approvalUrl } = verdict
  function contexts(part: 'failures' | 'alreadyBroken' | 'cancelled'): readonly string[] {
    return verdict[part].map(({ context }) => context)
  }
  const parts = [
    ...named('red:', contexts('failures')),
    ...named('red on the base too:', contexts('alreadyBroken')),
    ...named('cancelled:', contexts('cancelled')),
    ...named('not in:', verdict.overdue),
    ...(silence === null ? [] : [silenceWords[silence]]),
    ...(silence === 'approval-needed' && approvalUrl !== null ? [approvalUrl] : []),
  ]
  return `${state} on ${sha}${parts.length === 0 ? '' : `; ${parts.join('; ')}`}`
}

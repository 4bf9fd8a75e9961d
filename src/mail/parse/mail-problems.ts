import type { DiffFault } from '../../core/patch/scan-diff.ts'
import type { Problem } from '../../core/problem.ts'
import { type FoundPatch, patchesBelow } from './find-patch.ts'
import { type HeaderField, lastValueOf } from './header-block.ts'
import type { Submitter } from './submitter.ts'
import type { TextFacts } from './text-facts.ts'

export const referencesCut: Problem = {
  code: 'references-cut',
  message: 'The mail refers to more mails than are kept: the first and the newest were.',
}

/** `sentAt` is what the Date field says; null where it says nothing. */
export function dateProblems(
  fields: readonly HeaderField[],
  sentAt: Date | null,
): readonly Problem[] {
  if (sentAt !== null) {
    return []
  }
  return lastValueOf(fields, 'date') === null
    ? [{ code: 'date-missing', message: 'The mail has no Date.' }]
    : [{ code: 'date-unusable', message: 'The Date of the mail cannot be read.' }]
}

export function submitterProblems(submitter: Submitter): readonly Problem[] {
  const message = 'A list wrote over From, and nothing tells who sent the mail.'
  return submitter.isUnknown ? [{ code: 'from-munged', message }] : []
}

const longestBase = 60

export function baseProblems({ strangeBase }: Pick<TextFacts, 'strangeBase'>): readonly Problem[] {
  if (strangeBase === null) {
    return []
  }
  const message = `The base-commit is no full object name: ${strangeBase.slice(0, longestBase)}`
  return [{ code: 'base-commit-unusable', message }]
}

const faults: Readonly<Record<DiffFault['what'], string>> = {
  'hunk-too-short': 'the last hunk has fewer lines than it announces',
  'hunk-line': 'a hunk holds a line that no diff has, as when a mail program wraps lines',
  'hunk-without-file': 'a hunk stands before the name of any file',
  'hunk-missing': 'the names of a file are followed by no hunk that git can read',
}

/** What keeps a patch from being applied, or is not taken from the mail. */
export function patchProblems(found: FoundPatch | null): readonly Problem[] {
  if (found === null) {
    return []
  }
  const { attachedMore, info, scan } = found
  const problems: Problem[] = []
  if (scan.fault !== null) {
    const message = `Line ${scan.fault.line} of the patch: ${faults[scan.fault.what]}.`
    problems.push({ code: 'patch-corrupt', message })
  }
  if (info.patch.includes('\r\n') && /^(?:diff --git|\+\+\+) [^\n]*\r\n/m.test(info.patch)) {
    const message =
      'The encoded lines end in CRLF: git applies the patch only to files whose lines do.'
    problems.push({ code: 'quoted-crlf', message })
  }
  if (attachedMore > 0) {
    const message = `${attachedMore + 1} patches are attached; the first was read.`
    problems.push({ code: 'several-patches', message })
  }
  const below = patchesBelow(found)
  if (below > 0) {
    const message = `${below + 1} patches stand one below the other; they were read as one.`
    problems.push({ code: 'several-patches', message })
  }
  return problems
}

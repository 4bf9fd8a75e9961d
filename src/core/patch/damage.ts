import type { MailForm } from '../message.ts'
import { scanDiff } from './scan-diff.ts'
import { type PreImage, type SpaceDamage, spaceDamage } from './space-damage.ts'

export type DamageKind =
  /** Long lines were broken in two. */
  | 'wrapped-lines'
  /** The patch went through HTML. */
  | 'html'
  /** Sent as format=flowed, which joins and breaks lines. */
  | 'flowed'
  | 'quoted'
  /** A hunk ends before it has the lines that it announces. */
  | 'truncated'
  /** A hunk has other lines than it announces, and nothing tells why: most often edited by hand. */
  | 'hunk-counts'
  | SpaceDamage

/** What mail software, or a hand, did to a patch. */
export interface Damage {
  readonly kind: DamageKind
  /** A line of the patch that shows it; null where no single line does. */
  readonly evidence: string | null
}

export interface SuspectPatch {
  readonly form: MailForm
  /** As it was decoded, from the first file on. */
  readonly diff: string
  /** The files that it changes as they were before, by name; those that are known. */
  readonly files: ReadonlyMap<string, PreImage>
}

/** From here on a line may have been broken because it was long. */
const shortestWrapped = 50

const entities = /&(?:lt|gt|amp|quot|nbsp|#\d+);/

/** What the first line that no hunk can hold tells. */
function hunkDamage(diff: string, form: MailForm): Damage | null {
  const { fault } = scanDiff(diff)
  if (fault === null) {
    return null
  }
  const lines = diff.split('\n')
  const line = lines[fault.line - 1] ?? ''
  const before = lines[fault.line - 2] ?? ''
  const evidence = line.trim() === '' ? before : line
  if (/^> ?[-+ @]/.test(line)) {
    return { kind: 'quoted', evidence }
  }
  const isSignature = /^-- ?$/.test(before) || /^-- ?$/.test(line)
  if (fault.what === 'hunk-too-short' || isSignature) {
    return { kind: 'truncated', evidence: null }
  }
  const isBroken = before.length >= shortestWrapped && /^[^-+ @\\\n]/.test(line)
  if (isBroken || form.isFlowed) {
    return { kind: form.isFlowed ? 'flowed' : 'wrapped-lines', evidence }
  }
  return { kind: 'hunk-counts', evidence }
}

function htmlDamage(diff: string): Damage | null {
  const line = diff
    .split('\n')
    .find(
      (one) =>
        /^[-+ ]/.test(one) && (entities.test(one) || /<br ?\/?>$|^.<(?:div|p|span)\b/i.test(one)),
    )
  return line === undefined ? null : { kind: 'html', evidence: line }
}

/**
 * What is wrong with a patch that git refused, by name; empty where nothing shows but that the base is another one.
 * Hunks that cannot be right speak for themselves; lost and changed blanks are said only where the file differs from
 * the patch in nothing else, so that no honest conflict is blamed on a mail program.
 */
export function diagnoseDamage({ form, diff, files }: SuspectPatch): readonly Damage[] {
  const html = form.isHtml ? htmlDamage(diff) : null
  const hunk = hunkDamage(diff, form)
  const space = hunk === null && html === null ? spaceDamage(diff, files) : null
  const found = [html, hunk, space].filter((one) => one !== null)
  const isFlowedToo =
    form.isFlowed && found.length > 0 && !found.some(({ kind }) => kind === 'flowed')
  return isFlowedToo ? [...found, { kind: 'flowed', evidence: null }] : found
}

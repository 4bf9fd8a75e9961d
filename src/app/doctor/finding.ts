import { BotError } from '../../core/bot-error.ts'
import { remedyOf } from '../error-catalogue.ts'

/** One line of `patchferry doctor`. */
export interface Finding {
  readonly check: string
  /** `unchecked`: nobody can tell from here, such as without a network. */
  readonly level: 'ok' | 'unchecked' | 'warning' | 'wrong'
  readonly message: string
  /** What to do; null when it is well. */
  readonly remedy: string | null
}

export function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message, remedy: null }
}

/** What could not be looked at, and what lets it be. */
export function unchecked(check: string, why: string, remedy: string | null = null): Finding {
  return { check, level: 'unchecked', message: `not checked: ${why}`, remedy }
}

export function warning(check: string, message: string, remedy: string): Finding {
  return { check, level: 'warning', message, remedy }
}

export function wrong(check: string, message: string, remedy: string): Finding {
  return { check, level: 'wrong', message, remedy }
}

/** Of an error, for a person. */
export function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const unreachable = {
  sentence: 'this user cannot get at it',
  remedy:
    'Run this as the user of the service (`sudo -u`), or let that user read and write what is named.',
}
const absent = {
  sentence: 'it is not there',
  remedy: 'Create it, or correct the path in the configuration.',
}

/** What the operating system says of a path. */
const ofPaths: Readonly<Record<string, { readonly sentence: string; readonly remedy: string }>> = {
  EACCES: unreachable,
  EPERM: unreachable,
  ENOENT: absent,
  ENOTDIR: absent,
  EROFS: {
    sentence: 'its disk can only be read',
    remedy: 'Mount it writable, or name another path in the configuration.',
  },
  ENOSPC: { sentence: 'its disk is full', remedy: 'Make room: keep at least 1 GB free.' },
}

/** What was thrown, as a finding. */
export function fault(check: string, error: unknown): Finding {
  if (error instanceof BotError) {
    return wrong(check, said(error), remedyOf(error))
  }
  const { code = '', path } = Object(error) as NodeJS.ErrnoException
  const known = ofPaths[code]
  return known === undefined || path === undefined
    ? wrong(check, said(error), 'Read the message.')
    : wrong(check, `${path}: ${known.sentence} (${code})`, known.remedy)
}

/** Runs one check; what it throws is a finding. */
export async function examine(check: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    return fault(check, error)
  }
}

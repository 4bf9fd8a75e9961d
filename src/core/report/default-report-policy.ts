import type { Mailbox } from '../message.ts'
import type { Audience, ReportKind, ReportPolicy } from '../project.ts'

/** One value for each kind of report. */
export function forEveryKind<T>(valueOf: (kind: ReportKind) => T): Readonly<Record<ReportKind, T>> {
  return {
    success: valueOf('success'),
    failure: valueOf('failure'),
    error: valueOf('error'),
    'no-checks': valueOf('no-checks'),
    conflict: valueOf('conflict'),
    damaged: valueOf('damaged'),
    'base-missing': valueOf('base-missing'),
    held: valueOf('held'),
    problem: valueOf('problem'),
    merged: valueOf('merged'),
  }
}

function audienceOf(kind: ReportKind, hasMaintainers: boolean): Audience {
  switch (kind) {
    case 'success':
    case 'merged':
    case 'no-checks':
      return 'nobody'
    case 'failure':
      return 'author-and-list'
    case 'error':
    case 'held':
      return hasMaintainers ? 'maintainers' : 'nobody'
    case 'conflict':
    case 'damaged':
    case 'base-missing':
    case 'problem':
      return 'author'
  }
}

const dayMs = 86_400_000

/**
 * What holds where nothing is configured: success bothers nobody, the list hears only of patches that break something,
 * and whatever the author can mend goes to the author alone.
 */
export function defaultReportPolicy(maintainers: readonly Mailbox[]): ReportPolicy {
  return {
    audience: forEveryKind((kind) => audienceOf(kind, maintainers.length > 0)),
    timing: forEveryKind(() => 'always'),
    maintainers,
    results: null,
    skipsRfc: false,
    heedsCiTag: true,
    needsOptIn: false,
    limits: { perThread: 5, perDay: 200, beyond: 'hold' },
    digest: {
      every: 'day',
      at: 8 * 60,
      timeZone: 'UTC',
      to: maintainers.length > 0 ? 'maintainers' : 'list',
    },
    quietHours: null,
    deadlineMs: dayMs,
    staleAfterMs: 14 * dayMs,
    isDryRun: false,
  }
}

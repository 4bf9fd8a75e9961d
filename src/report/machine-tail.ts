import type { Check } from '../core/checks/check.ts'
import type { Report } from '../core/report/report.ts'
import { plainLine } from './plain-text.ts'

const mostLines = 20

function contexts(checks: readonly Check[]): readonly string[] {
  return checks.slice(0, mostLines).map(({ context }) => context)
}

/**
 * The part of a mail that programs read; docs/mail-templates.md is its documentation. It is made here and not by a
 * template, so that its keys stay what they are, and it is the last thing in the mail. Not a signature (`-- `), which
 * Patchwork, b4 and mail readers cut off; and no bare `key: value`, which b4 would take for a trailer.
 */
export function machineTail(report: Report): string {
  const { tested, conflict } = report
  // What is damaged conflicts with nothing: its names of files may be damaged too.
  const isDamaged = report.kind === 'damaged'
  const fault = isDamaged ? null : conflict
  const problems = [
    ...(isDamaged ? (report.damage?.damages ?? []).map(({ kind }) => kind) : []),
    ...(isDamaged && report.damage?.refusal ? [report.damage.refusal.kind] : []),
    ...report.problems.map(({ code }) => code),
  ]
  const values: readonly (readonly [string, string | number | null | undefined])[] = [
    ['kind', report.kind],
    ['project', report.project],
    ['list', report.list.name],
    ['topic', report.topic],
    ['version', report.version],
    ['patches', report.total],
    ['answers', report.answers.messageId],
    ['base', tested?.base ?? conflict?.base],
    ['base-rule', tested?.baseRule ?? conflict?.baseRule],
    ['base-branch', tested?.baseBranch ?? conflict?.baseBranch],
    ['head', tested?.head],
    ['ref', tested?.fetchRef],
    ['passed', tested === null ? null : report.successes.length],
    ['failed', tested === null ? null : report.failures.length],
    ['already-broken', tested === null ? null : report.alreadyBroken.length],
    ...contexts(report.failures).map((context) => ['failed-check', context] as const),
    ...contexts(report.alreadyBroken).map((context) => ['already-broken-check', context] as const),
    ...(report.overdue ?? [])
      .slice(0, mostLines)
      .map((context) => ['overdue-check', context] as const),
    ...contexts(report.cancelled ?? []).map((context) => ['cancelled-check', context] as const),
    ['ci', report.silence],
    ['merged-in', report.mergedIn?.base],
    ['broken-by', report.brokenBy?.number],
    ['conflict-patch', fault?.number],
    ...(fault?.paths ?? []).slice(0, mostLines).map((path) => ['conflict-path', path] as const),
    ['older-base', fault?.olderBase?.sha],
    ...(report.damage?.damages ?? []).map(({ kind }) => ['damage', kind] as const),
    ['refusal', report.damage?.refusal?.kind],
    ...[...new Set(problems)].slice(0, mostLines).map((code) => ['problem', code] as const),
  ]
  return [
    '-- Patchferry report 1, for programs',
    ...values
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => `# ${key}: ${plainLine(`${value}`, 300)}`),
    '# end',
  ].join('\n')
}

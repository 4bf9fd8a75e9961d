import type { DryLine, DryMail, DrySummary } from '../app/rehearsal/dry-run.ts'
import type { DrySeries } from '../app/rehearsal/dry-series.ts'
import type { Terminal } from '../app/terminal.ts'
import { plain } from './table.ts'
import { print } from './terminal.ts'

function shortRef(ref: string): string {
  return ref.replace(/^refs\/heads\//, '')
}

/** Where it would be seen. */
function placeOf({ branch, pullRequest, placement }: DrySeries): readonly string[] {
  if (branch === null) {
    return []
  }
  const where = placement === null ? '' : ` (${placement})`
  return pullRequest === null
    ? [`branch ${shortRef(branch)}${where}`]
    : [
        `pull request ${pullRequest.number} into ${shortRef(pullRequest.base ?? '?')}, head ${shortRef(branch)}${where}`,
      ]
}

function baseOf({ base, baseRule, baseBranch }: DrySeries): readonly string[] {
  if (base === null) {
    return []
  }
  const on = baseBranch === null ? '' : ` on ${shortRef(baseBranch)}`
  return [`base ${base.slice(0, 12)}${on}, rule ${baseRule ?? ''}`]
}

function showSeries(line: DrySeries, terminal: Terminal): void {
  const { outcome, name, version, patches, submitter, reason, report, unreported } = line
  const count = `${patches} ${patches === 1 ? 'patch' : 'patches'}`
  print(terminal, plain(`${outcome.padEnd(12)} ${name} (v${version}, ${count}, ${submitter})`))
  const mail = report === null || report === outcome ? [] : [`mail of the kind ${report}`]
  const notes = [
    ...baseOf(line),
    ...placeOf(line),
    ...(outcome === 'published' ? [] : [reason]),
    ...(unreported === null ? mail : [`no mail: ${unreported}`]),
  ]
  for (const note of notes) {
    print(terminal, plain(`             ${note}`))
  }
}

function counts(of: Readonly<Record<string, number>>): string {
  const all = Object.entries(of).map(([name, count]) => `${count} ${name}`)
  return all.length === 0 ? 'none' : all.join(', ')
}

function showSample({ kind, raw, waits }: DryMail, terminal: Terminal): void {
  print(
    terminal,
    `\nThe first mail of the kind ${kind}${waits === null ? '' : `, which waits: ${plain(waits)}`}:\n`,
  )
  for (const line of raw.trimEnd().split('\n')) {
    print(terminal, plain(`    ${line}`).trimEnd())
  }
}

function showSummary(summary: DrySummary, mails: readonly DryMail[], terminal: Terminal): void {
  const kinds = new Set<string>()
  for (const mail of mails) {
    if (!kinds.has(mail.kind)) {
      kinds.add(mail.kind)
      showSample(mail, terminal)
    }
  }
  const { since, stopped } = summary
  print(terminal, `\n${summary.mails} mails since ${since.slice(0, 10)}`)
  print(terminal, `series:        ${counts(summary.series)}`)
  print(terminal, `pull requests: ${summary.pullRequests || 'none'}`)
  print(
    terminal,
    `reports:       ${counts(summary.reports)}, and what the tests say of the published ones`,
  )
  if (Object.keys(summary.unreported).length > 0) {
    print(terminal, `no mail:       ${counts(summary.unreported)}; each says why`)
  }
  print(terminal, stopped ? 'Stopped before it was through.' : 'Nothing was pushed or sent.')
}

/** Shows what a dry run finds, line by line; of each kind of mail the first one, before the counts. */
export function dryRunPrinter(terminal: Terminal): (line: DryLine) => void {
  const mails: DryMail[] = []
  return (line) => {
    switch (line.type) {
      case 'series':
        showSeries(line, terminal)
        return
      case 'mail':
        mails.push(line)
        return
      case 'source-failed':
      case 'source-note':
        terminal.stderr.write(`patchferry: ${plain(`source ${line.source}: ${line.message}`)}\n`)
        return
      case 'summary':
        showSummary(line, mails, terminal)
    }
  }
}

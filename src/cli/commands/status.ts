import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { renderTable } from '../table.ts'
import { print, printJson } from '../terminal.ts'
import { configOption } from './common.ts'

function counts(of: Readonly<Record<string, number>>): string {
  const parts = Object.entries(of).map(([state, count]) => `${count} ${state}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

/** `patchferry status`: every topic at a glance. */
export function addStatus(program: Command, terminal: Terminal): void {
  program
    .command('status')
    .description(
      'show topics, waiting jobs, mails to send, what no project takes, and the quarantine',
    )
    .addOption(configOption())
    .option('--json', 'one document')
    .addHelpText('after', '\nExample:\n  patchferry status --json')
    .action(async (options: { config: string; json?: true }) => {
      const { readStatus } = await import('../../app/inspect-store.ts')
      const { status, silenced } = await readStatus(options.config, terminal)
      if (options.json) {
        printJson(terminal, status)
        return
      }
      const rows = status.topics.map(({ topic, version, state, name, updatedAt }) => [
        topic,
        `v${version}`,
        state,
        updatedAt.slice(0, 16).replace('T', ' '),
        name,
      ])
      print(terminal, renderTable(['topic', 'version', 'state', 'updated', 'name'], rows))
      print(terminal, `jobs: ${counts(status.jobs)}; outbox: ${counts(status.outbox)}`)
      for (const [reason, count] of Object.entries(status.ignored.reasons)) {
        print(terminal, `ignored: ${count} series: ${reason}`)
      }
      for (const { address, until } of silenced) {
        const day = until.toISOString().slice(0, 10)
        print(terminal, `silenced for its bounces until ${day}: ${address}`)
      }
      for (const { source, code, message } of status.quarantine) {
        print(terminal, `quarantined: ${source}: ${code}: ${message}`)
      }
    })
}

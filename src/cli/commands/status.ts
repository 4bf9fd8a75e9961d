import type { Command } from 'commander'
import type { ShownHealth } from '../../app/inspect-store.ts'
import type { Terminal } from '../../app/terminal.ts'
import { shellWord } from '../../util/shell-word.ts'
import { plain, renderTable } from '../table.ts'
import { print, printJson } from '../terminal.ts'
import { configOption } from './common.ts'

/** Of a name on a terminal; `--json` has all of it. */
const longestName = 200

function counts(of: Readonly<Record<string, number>>): string {
  const parts = Object.entries(of).map(([state, count]) => `${count} ${state}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

function printHealth({ state, lookedAt, conditions }: ShownHealth, terminal: Terminal): void {
  const when =
    lookedAt === null
      ? 'no service has looked yet'
      : `the service last looked at ${lookedAt.slice(0, 16).replace('T', ' ')}`
  const bad = conditions.filter((one) => one.state === 'bad')
  print(
    terminal,
    state === 'good'
      ? `health: good, ${conditions.length} conditions watched; ${when}`
      : `health: ${bad.length} of ${conditions.length} conditions bad; ${when}`,
  )
  for (const { condition, subject, since, message, remedy } of bad) {
    const key = subject === null ? condition : `${condition} ${subject}`
    const from = since.slice(0, 16).replace('T', ' ')
    print(terminal, `bad since ${from}: ${plain(key)}: ${plain(message)} ${plain(remedy ?? '')}`)
  }
}

/** `patchferry status`: every topic at a glance. */
export function addStatus(program: Command, terminal: Terminal): void {
  program
    .command('status')
    .description(
      'show topics, waiting jobs, mails to send, what is wrong, what no project takes, and the quarantine',
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
        name.length > longestName ? `${name.slice(0, longestName)} ...` : name,
      ])
      print(terminal, renderTable(['topic', 'version', 'state', 'updated', 'name'], rows))
      print(terminal, `jobs: ${counts(status.jobs)}; outbox: ${counts(status.outbox)}`)
      printHealth(status.health, terminal)
      for (const [reason, count] of Object.entries(status.ignored.reasons)) {
        print(terminal, `ignored: ${count} series: ${reason}`)
      }
      for (const { address, until } of silenced) {
        const day = until.toISOString().slice(0, 10)
        print(terminal, `silenced for its bounces until ${day}: ${address}`)
      }
      for (const [index, { source, code, message }] of status.quarantine.entries()) {
        const mail = status.unreadable[index]
        if (mail !== undefined && !mail.isSeen) {
          print(terminal, `quarantined: ${plain(`${source}: ${code}: ${message}`)}`)
          print(
            terminal,
            `  its bytes: git --git-dir=${shellWord(mail.gitDir)} show ${mail.object}`,
          )
        }
      }
    })
}

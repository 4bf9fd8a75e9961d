import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { print } from '../terminal.ts'
import { configOption } from './common.ts'

/** `patchferry rebuild`: a lost or damaged store made anew. */
export function addRebuild(program: Command, terminal: Terminal): void {
  program
    .command('rebuild')
    .description(
      'make the store anew from archive, journal and mirror; nothing is sent or pushed twice',
    )
    .addOption(configOption())
    .addHelpText(
      'after',
      `
Stop the service first. A store that is there is set aside, not deleted. Where archive and journal were
lost too, it learns from the mirror what was published; reports that may have been sent wait for a person,
and it says what is lost and to be done before the service starts again.

Example:
  patchferry rebuild && patchferry serve`,
    )
    .action(async (options: { config: string }) => {
      const { rebuildStore } = await import('../../app/rebuild-store.ts')
      const rebuilt = await rebuildStore(
        options.config,
        (mails) => {
          if (terminal.isInteractive) {
            terminal.stderr.write(`\r${mails} mails`)
          }
        },
        terminal,
      )
      if (terminal.isInteractive) {
        terminal.stderr.write('\r')
      }
      print(
        terminal,
        `${rebuilt.mails} mails, ${rebuilt.decisions} decisions, ${rebuilt.reports} reports, ${rebuilt.applications} published series`,
      )
      if (rebuilt.isDoubtful) {
        print(
          terminal,
          'the mirror has series that archive or journal do not tell of: what may have been sent is not sent again unseen; `patchferry outbox` lists it as unknown',
        )
      }
      if (rebuilt.isJournalLost) {
        print(
          terminal,
          'the journal tells of no decisions: opt-outs, withdrawals, links and approvals are lost; say them again (`patchferry opt-out` and so on)',
        )
      }
      if (rebuilt.unknownTopics > 0) {
        print(
          terminal,
          `of ${rebuilt.unknownTopics} topics on the mirror the archive has no mails: they are \`incomplete\` until \`patchferry import PATH\` brings these back, from an archive of the list, or from what a source has kept, such as cur/ of a Maildir. Do that before the service starts: a new version that it takes first begins a topic of its own`,
        )
      }
      if (rebuilt.setAside !== null) {
        print(terminal, `the old store lies in ${rebuilt.setAside}`)
      }
    })
}

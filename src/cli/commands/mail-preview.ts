import { Argument, type Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { type MailKind, mailKinds } from '../../core/project.ts'
import { exitCode, type SetExitCode } from '../exit-code.ts'
import { plain } from '../table.ts'
import { print, printJson } from '../terminal.ts'
import { versionArgument } from './acts.ts'
import { configOption } from './common.ts'

/** `patchferry mail preview`: a report, without sending it. */
export function addMailPreview(mail: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  mail
    .command('preview')
    .description('print a report as it would be sent, made up or on a topic, and send nothing')
    .addArgument(new Argument('<kind>', 'of report').choices(mailKinds))
    .argument('[topic]', 'topic id, or a Message-ID of the series; made up when left out')
    .argument('[version]', 'such as v1; the last one when left out', versionArgument)
    .addOption(configOption())
    .option('--json', 'the mail as one document')
    .addHelpText(
      'after',
      '\nExamples:\n  patchferry mail preview failure\n  patchferry mail preview failure 1a2b3c4d5e6f',
    )
    .action(
      async (
        kind: MailKind,
        topic: string | undefined,
        version: string | undefined,
        options: { config: string; json?: true },
        command: Command,
      ) => {
        const { previewSample, previewTopic } = await import('../../app/preview-mail.ts')
        const isGiven = command.getOptionValueSource('config') !== 'default'
        if ((kind === 'digest' || kind === 'operator') && topic !== undefined) {
          command.error(`error: a mail of kind ${kind} is about no topic: leave it out`)
        }
        const preview =
          topic === undefined || kind === 'digest' || kind === 'operator'
            ? await previewSample(kind, { path: options.config, isGiven }, terminal)
            : await previewTopic(kind, topic, version ?? null, options.config, terminal)
        if (preview.outcome === 'refused') {
          terminal.stderr.write(`patchferry: ${plain(preview.message)}\n`)
          setExitCode(exitCode.no)
          return
        }
        if (options.json) {
          printJson(terminal, { ...preview.mail, quiet: preview.quiet })
        } else {
          print(terminal, preview.raw.trimEnd())
        }
        if (preview.quiet !== null) {
          terminal.stderr.write(`patchferry: not sent to anybody: ${plain(preview.quiet)}\n`)
        }
      },
    )
}

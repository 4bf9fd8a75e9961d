import { Command, Help, type Option } from 'commander'
import type { Terminal } from '../app/terminal.ts'
import { version } from '../app/version.ts'
import { addApply } from './commands/apply.ts'
import { addApprove } from './commands/approve.ts'
import { addBackup } from './commands/backup.ts'
import { addBase } from './commands/base.ts'
import { addCompletion } from './commands/completion.ts'
import { addDemo } from './commands/demo.ts'
import { addDoctor } from './commands/doctor.ts'
import { addDryRun } from './commands/dry-run.ts'
import { addExplain } from './commands/explain.ts'
import { addImport } from './commands/import.ts'
import { addInit } from './commands/init.ts'
import { addLink } from './commands/link.ts'
import { addMail } from './commands/mail.ts'
import { addMigrate } from './commands/migrate.ts'
import { addOptIn, addOptOut } from './commands/opt-out.ts'
import { addOutbox } from './commands/outbox.ts'
import { addQuarantine } from './commands/quarantine.ts'
import { addRangeDiff } from './commands/range-diff.ts'
import { addRebuild } from './commands/rebuild.ts'
import { addRef } from './commands/ref.ts'
import { addReplay } from './commands/replay.ts'
import { addRestore } from './commands/restore.ts'
import { addRetest } from './commands/retest.ts'
import { addServe } from './commands/serve.ts'
import { addSplit } from './commands/split.ts'
import { addStatus } from './commands/status.ts'
import { addSync } from './commands/sync.ts'
import { addThreads } from './commands/threads.ts'
import { addUnlink } from './commands/unlink.ts'
import { addWithdraw } from './commands/withdraw.ts'
import type { SetExitCode } from './exit-code.ts'

const adders = [
  addDemo,
  addInit,
  addDoctor,
  addDryRun,
  addServe,
  addSync,
  addImport,
  addStatus,
  addExplain,
  addThreads,
  addApply,
  addBase,
  addRef,
  addRangeDiff,
  addReplay,
  addRetest,
  addApprove,
  addWithdraw,
  addLink,
  addUnlink,
  addSplit,
  addOptOut,
  addOptIn,
  addOutbox,
  addQuarantine,
  addMail,
  addBackup,
  addRestore,
  addRebuild,
  addMigrate,
  addCompletion,
] as const

/** Says which options are needed, and leaves out defaults that say nothing. */
function optionDescription(option: Option): string {
  const text = new Help().optionDescription(option).replace(/ \(default: (?:""|false)\)$/, '')
  return option.mandatory ? `${text} (required)` : text
}

/** The whole command line. Usage errors are thrown as CommanderError. */
export function buildProgram(terminal: Terminal, setExitCode: SetExitCode): Command {
  const program = new Command('patchferry')
    .description('Carries patch series from a mailing list to a forge, and verdicts back.')
    .version(version)
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => command.name(), optionDescription })
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('(patchferry --help lists the commands)')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 the answer is no, 2 usage or configuration, 70 our own fault, 75 try again later.

Try it: patchferry demo --once`,
    )
  for (const add of adders) {
    add(program, terminal, setExitCode)
  }
  return program
}

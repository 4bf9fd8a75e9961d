import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { addMailPreview } from './mail-preview.ts'
import { addMailTest } from './mail-test.ts'

/** `patchferry mail`: the mails that are written. */
export function addMail(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const mail = program
    .command('mail')
    .description('show the mails that reports are, and try how they leave')
    .addHelpText('after', '\nExample:\n  patchferry mail preview failure')
  addMailPreview(mail, terminal, setExitCode)
  addMailTest(mail, terminal, setExitCode)
}

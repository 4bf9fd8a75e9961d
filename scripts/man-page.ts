import { Writable } from 'node:stream'
import type { Command } from 'commander'
import type { Terminal } from '../src/app/terminal.ts'
import { version } from '../src/app/version.ts'
import { buildProgram } from '../src/cli/program.ts'

/** Text as roff prints it: a backslash, a dash that can be copied, and no line that begins a request. */
function roff(text: string): string {
  return text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll(/^(?=[.'])/gm, String.raw`\&`)
    .replaceAll(
      /[^\n\x20-\x7e]/gu,
      (sign) => `\\[u${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
}

/** Arguments of a macro, each of which is one word to it. */
function quoted(text: string): string {
  return `"${roff(text).replaceAll('"', String.raw`\(dq`)}"`
}

/** What follows the lists in the help of a command: notes, then its examples. */
function afterText(command: Command): string {
  let shown = ''
  command.configureOutput({
    writeOut: (text) => {
      shown += text
    },
  })
  command.outputHelp()
  return shown.slice(command.helpInformation().length).trim()
}

function tagged(term: string, description: string): string {
  return `.TP\n.B ${quoted(term)}\n${roff(description)}`
}

function notes(text: string): string {
  const [before = '', examples = ''] = text.split(/^Examples?:$/m)
  const said = before.trim() === '' ? [] : [`.PP\n.nf\n${roff(before.trim())}\n.fi`]
  const shown =
    examples.trim() === ''
      ? []
      : [`.PP\n.RS\n.nf\n${roff(examples.replace(/^\n|\s+$/g, ''))}\n.fi\n.RE`]
  return [...said, ...shown].join('\n')
}

function commandSection(command: Command, words: readonly string[]): readonly string[] {
  const help = command.createHelp()
  const own = [...words, command.name()]
  const options = help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .map((option) => tagged(help.optionTerm(option), help.optionDescription(option)))
  const operands = help
    .visibleArguments(command)
    .map((argument) => tagged(help.argumentTerm(argument), help.argumentDescription(argument)))
  const usage = command.usage().replace('[options]', options.length === 0 ? '' : '[options]')
  const section = [
    `.SS ${quoted(`${own.join(' ')} ${usage}`.replaceAll(/ +/g, ' ').trim())}`,
    roff(command.description()),
    ...operands,
    ...options,
    notes(afterText(command)),
  ].filter((part) => part !== '')
  return [section.join('\n'), ...command.commands.flatMap((child) => commandSection(child, own))]
}

function silentTerminal(): Terminal {
  const { signal } = new AbortController()
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
  return {
    stdin: process.stdin,
    stdout: sink,
    stderr: sink,
    env: {},
    cwd: '.',
    isInteractive: false,
    draining: signal,
    stopping: signal,
    onHangup: () => () => undefined,
  }
}

/** The text of `man/patchferry.1`, made from the commands themselves. */
export function describeCommandLine(): string {
  const program = buildProgram(silentTerminal(), () => undefined)
  return `.\\" Made by "npm run docs" from the commands in src/cli. Do not edit.
.TH PATCHFERRY 1 "" ${quoted(`patchferry ${version}`)} "User Commands"
.SH NAME
patchferry \\- the bridge between patches sent by mail and a forge
.SH SYNOPSIS
.B patchferry
.I command
.RI [ options ]
.SH DESCRIPTION
${roff(program.description())}
.PP
Every command tells what it takes with
.BR \\-\\-help .
Commands that print for scripts too have
.BR \\-\\-json :
one document a line.
.SH COMMANDS
${program.commands.flatMap((command) => commandSection(command, [])).join('\n')}
.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
the answer is no
.TP
.B 2
usage or configuration
.TP
.B 70
a fault of Patchferry itself
.TP
.B 75
try again later
.SH ENVIRONMENT
.TP
.B PATCHFERRY_CONFIG
the configuration file, where
.B \\-\\-config
is not given
.TP
.B PATCHFERRY_DEBUG
when set, the trace of an error is printed too
.SH FILES
.TP
.I patchferry.yml
the configuration, in the current folder unless another file is named
.SH SEE ALSO
.BR git\\-am (1),
.BR git\\-range\\-diff (1),
.BR systemd.service (5)
`
}

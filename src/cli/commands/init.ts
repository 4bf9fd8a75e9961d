import path from 'node:path'
import type { Command } from 'commander'
import { openDns } from '../../app/doctor/dns.ts'
import type { Interview } from '../../app/init/interview.ts'
import { questions } from '../../app/init/questions.ts'
import type { Written } from '../../app/init/write-config.ts'
import type { Terminal } from '../../app/terminal.ts'
import { openDialogue } from '../dialogue.ts'
import { dryRunProgress } from '../dry-run-progress.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { dryRunPrinter } from '../print-dry-run.ts'
import { printFinding } from '../print-finding.ts'
import { print } from '../terminal.ts'
import { configOption } from './common.ts'
import { addInitGithub } from './init-github.ts'

type Options = Readonly<Record<string, string | boolean | undefined>> & {
  readonly config: string
  readonly check: boolean
  readonly dryRun: boolean
  readonly yes?: true
  readonly force?: true
}

function camel(option: string): string {
  return option.replace(/-(?<letter>\w)/g, (_, letter: string) => letter.toUpperCase())
}

function givenOf(options: Options): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  for (const { option } of questions) {
    const value = options[camel(option)]
    if (typeof value === 'string') {
      given.set(option, value)
    }
  }
  return given
}

function tellWritten({ config, tokenFile, made, previous }: Written, terminal: Terminal): void {
  print(terminal, `wrote ${config}`)
  if (previous !== null) {
    print(terminal, `kept  ${previous}`)
  }
  for (const place of made) {
    print(terminal, `made  ${place}`)
  }
  print(terminal, `the operator's token lies in ${tokenFile}`)
}

const monthMs = 30 * 24 * 60 * 60_000
const mailLimit = 500

/** What the service would make of the last month; what keeps that from being seen is said, and keeps nothing else. */
async function rehearse({ config }: Interview, terminal: Terminal): Promise<boolean> {
  const { dryRun } = await import('../../app/rehearsal/dry-run.ts')
  print(terminal, '\nWhat it would have made of the last 30 days:\n')
  const show = dryRunPrinter(terminal)
  const progress = dryRunProgress(terminal)
  const since = new Date(Date.now() - monthMs)
  const window = { since, limit: mailLimit, onProgress: progress.show }
  let isWhole = true
  try {
    for await (const line of dryRun(config, window, terminal)) {
      progress.clear()
      show(line)
      isWhole &&= line.type !== 'source-failed'
    }
    return isWhole
  } catch (error) {
    progress.clear()
    terminal.draining.throwIfAborted()
    const message = error instanceof Error ? error.message : String(error)
    terminal.stderr.write(`patchferry: it cannot be seen yet: ${message}\n`)
    return false
  }
}

async function init(options: Options, terminal: Terminal, setExitCode: SetExitCode): Promise<void> {
  const { startInit } = await import('../../app/init/start-init.ts')
  const isAsking = terminal.isInteractive && options.yes !== true
  const dialogue = isAsking ? openDialogue(terminal) : null
  const file = path.resolve(terminal.cwd, options.config)
  if (isAsking) {
    print(terminal, 'An empty line takes what is in brackets, < goes back, Ctrl-C writes nothing.')
  }
  try {
    const done = await startInit(
      {
        file,
        given: givenOf(options),
        warn: (finding) => printFinding({ ...terminal, stdout: terminal.stderr }, finding),
        isChecked: options.check,
        mayReplace: options.force === true,
      },
      dialogue,
      { terminal, dns: openDns(null) },
    )
    if (done === null) {
      print(terminal, 'Nothing was written.')
      setExitCode(exitCode.no)
      return
    }
    tellWritten(done.written, terminal)
    if (options.dryRun && !(await rehearse(done.interview, terminal))) {
      setExitCode(exitCode.no)
    }
    print(terminal, '\nReports are held until you release them (dryRun). Next:')
    print(terminal, `  patchferry doctor --config ${options.config}`)
    print(terminal, `  patchferry serve --config ${options.config}`)
  } finally {
    dialogue?.close()
  }
}

/** `patchferry init`: a first configuration. */
export function addInit(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const command = program
    .command('init')
    .description(
      'ask for a first configuration, try each answer, write it, and show what it would do',
    )
    .addOption(configOption())
  for (const { option, placeholder, text } of questions) {
    command.option(`--${option} <${placeholder}>`, text)
  }
  command
    .option('-y, --yes', 'ask nothing: take what is given, and what would be suggested')
    .option('--no-check', 'take answers as they are, without trying them')
    .option('--no-dry-run', 'do not show what it would have made of the last month')
    .option('--force', 'write over a configuration that is there; the old one is kept beside it')
    .addHelpText(
      'after',
      `
Each answer is tried at once: the list's mail, logins, repositories, the account on the forge, the tests'
isolation. On a terminal what is wrong is asked again; elsewhere, and with --yes, the first wrong answer ends it
with nothing written. Secrets are typed, and kept in files of mode 0600 in ./secrets, or are said as file:PATH
or command:WORDS; on the command line only the latter. Reports wait until you release them (dryRun).

Examples:
  patchferry init
  patchferry init --project hello --list hello-devel@lists.example.org --bot patchferry@example.org \\
    --upstream https://git.example.org/hello.git --test "make check"
  patchferry init --yes --list devel@lists.example.org --bot bot@example.org \\
    --source imaps://bot@imap.example.org/INBOX --source-login file:./imap-password`,
    )
    .action((options: Options) => init(options, terminal, setExitCode))
  addInitGithub(command, terminal)
}

import type { Command } from 'commander'
import type { ListedQuarantine } from '../../app/quarantine.ts'
import type { Terminal } from '../../app/terminal.ts'
import { shellWord } from '../../util/shell-word.ts'
import type { SetExitCode } from '../exit-code.ts'
import { plain } from '../table.ts'
import { print, printJson } from '../terminal.ts'
import { tellResult } from './acts.ts'
import { configOption, filledArguments, reasonOption } from './common.ts'

const mostShown = 100_000
/** So many of the first digits of a blob tell mails apart, and are taken for the whole. */
const shownIdLength = 12

function toDocument(mail: ListedQuarantine): Readonly<Record<string, unknown>> {
  const { blob, source, location, code, message, at, gitDir, object, seen } = mail
  const from = { source, location, code, message, at, gitDir, object }
  return {
    id: blob,
    ...from,
    seenAt: seen?.at ?? null,
    seenBy: seen?.by ?? null,
    seenReason: seen?.reason ?? null,
  }
}

function show(mail: ListedQuarantine, terminal: Terminal): void {
  const { blob, source, location, code, message, at, gitDir, object, seen } = mail
  const day = at.toISOString().slice(0, 16).replace('T', ' ')
  const why = seen === null || seen.reason === '' ? '' : `: ${seen.reason}`
  const who = seen === null ? '' : ` (seen by ${seen.by}${why})`
  const where = plain(`${source} ${location}: ${code}: ${message}${who}`)
  print(terminal, `${blob.slice(0, shownIdLength)}  ${day}  ${where}`)
  print(terminal, `  its bytes: git --git-dir=${shellWord(gitDir)} show ${object}`)
}

interface ListOptions {
  readonly config: string
  readonly all?: true
  readonly json?: true
}

async function list({ config, all, json }: ListOptions, terminal: Terminal): Promise<void> {
  const { readQuarantine } = await import('../../app/quarantine.ts')
  const wanted = { all: all === true, limit: mostShown }
  const mails = await readQuarantine(config, wanted, terminal)
  for (const mail of mails) {
    if (json) {
      printJson(terminal, toDocument(mail))
    } else {
      show(mail, terminal)
    }
  }
  if (!json && mails.length === 0) {
    print(terminal, all ? 'every mail could be read' : 'no mail waits here to be looked at')
  } else if (!json && mails.some(({ seen }) => seen === null)) {
    print(terminal, 'patchferry quarantine seen ID... says that you have looked at them')
  }
}

interface SeenOptions {
  readonly config: string
  readonly reason: string
  readonly all?: true
}

/** `patchferry quarantine`: mails that could not be read, and the word that somebody has looked. */
export function addQuarantine(
  program: Command,
  terminal: Terminal,
  setExitCode: SetExitCode,
): void {
  const quarantine = program
    .command('quarantine')
    .description('list the mails that could not be read, or say that you have looked at them')
    .addOption(configOption())
    .option('--all', 'also those that somebody has looked at')
    .option('--json', 'one document per line')
    .addHelpText('after', '\nExample:\n  patchferry quarantine --all')
    .action((options: ListOptions) => list(options, terminal))
  quarantine
    .command('seen')
    .description('note in the journal that you have looked at them; the bytes stay')
    .argument('[id...]', 'as the list shows them', filledArguments)
    .addOption(configOption())
    .option('--all', 'all that nobody has looked at')
    .addOption(reasonOption())
    .addHelpText('after', '\nExample:\n  patchferry quarantine seen 9f86d081884c')
    .action(async (ids: readonly string[], _: unknown, command: Command) => {
      const { seeQuarantine } = await import('../../app/quarantine.ts')
      const { config, reason, all = false } = command.optsWithGlobals<SeenOptions>()
      if (all === ids.length > 0) {
        command.error('error: name the mails, or write --all')
      }
      const asked = all ? null : ids
      tellResult(await seeQuarantine(config, asked, reason, terminal), terminal, setExitCode)
    })
}

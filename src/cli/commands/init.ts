import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { ConfigAnswers } from '../../config/example-config.ts'
import { BotError } from '../../core/bot-error.ts'
import { print } from '../terminal.ts'
import { configOption } from './common.ts'
import { addInitGithub } from './init-github.ts'

interface Question {
  readonly option: string
  readonly placeholder: string
  readonly text: string
  /** Taken when nothing is answered; null: an answer is needed. */
  readonly fallback: string | null
}

const questions: readonly Question[] = [
  { option: 'project', placeholder: 'name', text: 'Name of the project', fallback: null },
  { option: 'list', placeholder: 'address', text: 'Address of the mailing list', fallback: null },
  {
    option: 'list-id',
    placeholder: 'id',
    text: 'List-Id, without angle brackets (empty: none)',
    fallback: '',
  },
  {
    option: 'source',
    placeholder: 'place',
    text: 'Where its mail arrives: a Maildir, an mbox file, or a public-inbox (folder or URL)',
    fallback: './inbox',
  },
  {
    option: 'upstream',
    placeholder: 'url',
    text: 'Where base branches come from (empty: the mirror)',
    fallback: '',
  },
  {
    option: 'mirror',
    placeholder: 'url',
    text: 'The mirror that series are pushed to',
    fallback: './mirror.git',
  },
  { option: 'branch', placeholder: 'name', text: 'Base branch', fallback: 'main' },
  {
    option: 'test',
    placeholder: 'command',
    text: 'What tests it, words separated by blanks (empty: nothing)',
    fallback: '',
  },
  {
    option: 'isolation',
    placeholder: 'kind',
    text: 'How tests are kept apart: bubblewrap, none, or container:IMAGE',
    fallback: 'bubblewrap',
  },
  { option: 'bot', placeholder: 'address', text: 'Address that reports come from', fallback: null },
]

function camel(option: string): string {
  return option.replace(/-(?<letter>\w)/g, (_, letter: string) => letter.toUpperCase())
}

type Given = Readonly<Record<string, string | undefined>>

async function ask(given: Given, terminal: Terminal): Promise<ReadonlyMap<string, string>> {
  const answers = new Map<string, string>()
  const reader = terminal.isInteractive
    ? createInterface({ input: terminal.stdin, output: terminal.stdout })
    : null
  try {
    for (const { option, text, fallback } of questions) {
      const known = given[camel(option)]
      if (known !== undefined) {
        answers.set(option, known)
        continue
      }
      const suggestion = fallback === null || fallback === '' ? '' : ` [${fallback}]`
      const typed = (await reader?.question(`${text}${suggestion}: `))?.trim() ?? ''
      const answer = typed === '' ? fallback : typed
      if (answer === null) {
        throw new BotError('CLI_ANSWER_MISSING', `--${option} is needed: ${text.toLowerCase()}`, {
          retry: 'never',
        })
      }
      answers.set(option, answer)
    }
  } finally {
    reader?.close()
  }
  return answers
}

async function toAnswers(
  answers: ReadonlyMap<string, string>,
  cwd: string,
): Promise<Omit<ConfigAnswers, 'operatorToken'>> {
  const { kindOfSource } = await import('../../app/init-config.ts')
  const { sampleAnswers } = await import('../../config/example-config.ts')
  function of(option: string): string {
    return answers.get(option) ?? ''
  }
  function orNull(option: string): string | null {
    return of(option) === '' ? null : of(option)
  }
  const source = of('source')
  const isolation = of('isolation')
  const image = /^container:(?<image>.+)$/.exec(isolation)?.groups?.['image']
  const command = of('test')
    .split(/\s+/)
    .filter((word) => word !== '')
  return {
    state: './state',
    bot: { name: 'Patchferry', address: of('bot') },
    list: {
      name: of('list').split('@')[0] ?? 'list',
      address: of('list'),
      listId: orNull('list-id'),
    },
    source: { kind: await kindOfSource(source, cwd), path: source },
    project: of('project'),
    prefixes: null,
    upstreamUrl: orNull('upstream'),
    mirrorUrl: of('mirror'),
    publicUrl: null,
    branches: [of('branch')],
    settle: sampleAnswers.settle,
    tests:
      command.length === 0
        ? null
        : {
            command,
            timeout: '30m',
            isolation:
              image === undefined ? (isolation === 'none' ? 'none' : 'bubblewrap') : { image },
          },
    maintainers: [],
    dryRun: true,
    outgoing: './outgoing',
    ports: null,
  }
}

/** `patchferry init`: a first configuration. */
export function addInit(program: Command, terminal: Terminal): void {
  const command = program
    .command('init')
    .description('write a first configuration, from options or by asking; it begins in dry-run')
    .addOption(configOption())
  for (const { option, placeholder, text } of questions) {
    command.option(`--${option} <${placeholder}>`, text)
  }
  command
    .addHelpText(
      'after',
      `
Example:
  patchferry init --project hello --list hello-devel@lists.example.org --bot patchferry@example.org \\
    --upstream https://git.example.org/hello.git --test "make check"`,
    )
    .action(async (options: Given & { readonly config: string }) => {
      const { initConfig } = await import('../../app/init-config.ts')
      const answers = await toAnswers(await ask(options, terminal), terminal.cwd)
      const written = await initConfig(options.config, answers, terminal)
      print(terminal, `wrote ${written.config}`)
      for (const place of written.made) {
        print(terminal, `made  ${place}`)
      }
      print(terminal, `the operator's token lies in ${written.tokenFile}`)
      print(terminal, '\nReports are held until you release them (dryRun). Next:')
      print(terminal, `  patchferry doctor --config ${options.config}`)
      print(terminal, `  patchferry serve --config ${options.config}`)
    })
  addInitGithub(command, terminal)
}

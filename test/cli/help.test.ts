import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { allCommands, commandTree } from '../../src/cli/command-tree.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { runHere, silentTerminal } from '../support/run-patchferry.ts'
import { shellWords } from '../support/shell-words.ts'

function build(): Command {
  return buildProgram(silentTerminal(), () => undefined)
}

const root = commandTree(build())
/** Every command and every one below it, but those that only show help. */
const commands = allCommands(root)
  .filter(({ words }) => words.length > 0 && words.at(-1) !== 'help')
  .map((node) => ({ ...node, name: node.words.join(' ') }))

/** Makes every action of a program do nothing, so that a command line is only read. */
function disarm(command: Command): void {
  command.action(() => undefined)
  for (const child of command.commands) {
    disarm(child)
  }
}

/** The command lines that a help shows, as words without the first. */
function examplesIn(help: string): readonly (readonly string[])[] {
  const [, examples = ''] = help.split(/^Examples?:$/m)
  return examples
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const rest = /(?:^|[\s(])patchferry (?<rest>.*)$/.exec(line)?.groups?.['rest']
      return rest === undefined ? [] : [shellWords(rest)]
    })
}

describe('--help', () => {
  it('lists every command with what it does', async () => {
    const { exitCode, stdout } = await runHere(['--help'])

    expect(exitCode).toBe(0)
    expect(commands.length).toBeGreaterThan(25)
    for (const { description } of commands) {
      expect(description).toMatch(/^[a-z]/)
    }
    for (const { words } of root.commands) {
      expect(stdout).toMatch(new RegExp(`^ {2}${words.join(' ')} `, 'm'))
    }
  })

  it.each(commands)(
    'of $name describes it and shows an example of it',
    async ({ name, words, description }) => {
      const { exitCode, stdout, stderr } = await runHere([...words, '--help'])

      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(description)
      expect(stdout).toMatch(new RegExp(`^Examples?:\\n(?:.*\\n)*.*patchferry ${name}\\b`, 'm'))
      for (const option of stdout.matchAll(/^ {2}(?:-\w, )?--[\w-]+(?: <[\w-]+>)?(?<said>.*)$/gm)) {
        expect(option.groups?.['said']?.trim()).not.toBe('')
      }
    },
  )

  it.each(commands)('of $name shows command lines that are taken', async ({ words }) => {
    const examples = examplesIn((await runHere([...words, '--help'])).stdout)

    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      const program = build()
      disarm(program)
      await expect(program.parseAsync(example, { from: 'user' })).resolves.toBe(program)
    }
  })

  it.each([
    [['apply', '--help'], /--repo <gitdir> .*\(required\)/],
    [['withdraw', '--help'], /--reason <text> +kept in the journal$/m],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
  ] as const)('%j says it', async (args, says) => {
    expect(await runHere(args)).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringMatching(says) as unknown,
    })
  })

  it.each([
    [[], /Usage: patchferry/],
    [['frob'], /unknown command 'frob'/],
    [['statsu'], /Did you mean status/],
    [['status', '--jsn'], /Did you mean --json/],
    [['apply', '--repo', 'x'], /missing required argument 'path'/],
    [['apply', 'x'], /required option '--repo <gitdir>' not specified/],
    [['sync', '--max-time', '5'], /Write a duration such as 90s/],
    [['approve', 'x', 'second'], /Write a version such as v2/],
    [['import', 'x', '--since', 'soon'], /Write a date such as/],
    [['ref'], /missing required argument/],
    [['ref', 'a', '--json', '--frob'], /unknown option '--frob'/],
  ] as const)('usage errors exit 2 and say what is wrong: %j', async (args, says) => {
    const { exitCode, stdout, stderr } = await runHere(args)

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(says)
  })
})

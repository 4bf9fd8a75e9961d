import { describe, expect, it } from 'vitest'
import { commandLine } from '../support/command-line.ts'
import { runHere } from '../support/run-patchferry.ts'

const { commands } = commandLine()

describe('--help', () => {
  it('lists every command with what it does', async () => {
    const { exitCode, stdout } = await runHere(['--help'])

    expect(exitCode).toBe(0)
    expect(commands.length).toBeGreaterThan(15)
    for (const { name, description } of commands) {
      expect(description).toMatch(/^[a-z]/)
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
    }
  })

  it.each(commands)(
    'of $name describes it and shows an example of it',
    async ({ name, description }) => {
      const { exitCode, stdout, stderr } = await runHere([name, '--help'])

      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(description)
      expect(stdout).toMatch(new RegExp(`^Examples?:\\n(?:.*\\n)*.*patchferry ${name}\\b`, 'm'))
      for (const option of stdout.matchAll(/^ {2}(?:-\w, )?--[\w-]+(?: <[\w-]+>)?(?<said>.*)$/gm)) {
        expect(option.groups?.['said']?.trim()).not.toBe('')
      }
    },
  )

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

import { execFileSync, spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { allCommands, commandTree } from '../../src/cli/command-tree.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { reasonToSkip } from '../support/programs.ts'
import { silentTerminal } from '../support/run-patchferry.ts'

const page = path.resolve(import.meta.dirname, '../../man/patchferry.1')
const missing = reasonToSkip('groff', ['--version'])

/** As `man` shows it, without bold and underlined text. */
function shown(): string {
  return execFileSync('groff', ['-man', '-Tascii', '-P-cbou', '-rLL=200n', page], {
    encoding: 'utf8',
  }).replaceAll(/ +/g, ' ')
}

describe.skipIf(missing !== null)(`the man page${missing === null ? '' : ` (${missing})`}`, () => {
  it('is read without a warning', () => {
    const { status, stderr } = spawnSync('groff', ['-ww', '-man', '-Tascii', '-z', page], {
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  it('shows every command with all its options', () => {
    const text = shown()
    const nodes = allCommands(commandTree(buildProgram(silentTerminal(), () => undefined))).filter(
      ({ words }) => words.length > 0 && words.at(-1) !== 'help',
    )
    for (const { words, description, options } of nodes) {
      expect(text).toMatch(new RegExp(`^ +${words.join(' ')}(?: [<[]|$)`, 'm'))
      expect(text).toContain(description)
      for (const flag of options.flatMap(({ flags }) => flags)) {
        expect(text).toContain(flag)
      }
    }
  })

  it('shows examples as they are typed', () => {
    expect(shown()).toContain(`git fetch MIRROR "$(patchferry ref 20260101.1@example.org)"`)
  })
})

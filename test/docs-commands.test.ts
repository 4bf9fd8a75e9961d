import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandLine } from './support/command-line.ts'
import { shellWords } from './support/shell-words.ts'

const root = path.resolve(import.meta.dirname, '..')
const form = commandLine()
const commands = new Map(form.commands.map((command) => [command.name, command]))

interface Shown {
  readonly file: string
  readonly line: number
  readonly words: readonly string[]
}

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name)),
].filter((name) => !name.endsWith('CHANGELOG.md'))

/** Every `patchferry ...` in code spans and code blocks, with the lines that `\` joins. */
function shownIn(file: string): readonly Shown[] {
  const text = readFileSync(path.join(root, file), 'utf8')
  const codes = [...text.matchAll(/```[^\n]*\n(?<block>.*?)```|`(?<span>[^`\n]+)`/gs)]
  return codes.flatMap((match) => {
    const line = text.slice(0, match.index).split('\n').length
    const code = match.groups?.['block'] ?? match.groups?.['span'] ?? ''
    return code
      .replaceAll(/\\\n\s*/g, ' ')
      .split('\n')
      .flatMap((one) => {
        const found =
          /(?:^|[\s|("'=/])(?:npx |node dist\/main\.js )?patchferry(?: (?<rest>.*))?$/.exec(one)
        return found === null
          ? []
          : [{ file, line, words: shellWords(found.groups?.['rest'] ?? '') }]
      })
  })
}

function wrongWith({ words: [name = '', ...rest] }: Shown): string | null {
  if (name === '' || form.options.includes(name)) {
    return null
  }
  const command = commands.get(name)
  if (command === undefined) {
    return `there is no command ${name}`
  }
  const unknown = rest
    .filter((word) => /^-{1,2}\w/.test(word))
    .map((word) => word.split('=')[0] ?? '')
    .find((option) => !command.options.includes(option))
  return unknown === undefined ? null : `${name} has no option ${unknown}`
}

describe('commands in the documents', () => {
  const shown = documents.flatMap(shownIn)

  it('are found', () => {
    expect(shown.length).toBeGreaterThan(10)
    expect(shown.some(({ words: [name] }) => name === 'serve')).toBe(true)
  })

  it('exist, with every option that is shown', () => {
    const wrong = shown.flatMap((one) => {
      const problem = wrongWith(one)
      return problem === null ? [] : [`${one.file}:${one.line}: ${problem}`]
    })
    expect(wrong).toEqual([])
  })

  it.each([
    ['patchferry frobnicate', 'there is no command frobnicate'],
    ['patchferry status --jsn', 'status has no option --jsn'],
    ['patchferry sync --max-time=50m --config x', null],
    ['patchferry --version', null],
  ])('would be told apart: %s', (command, expected) => {
    const rest = shellWords(command.replace('patchferry ', ''))
    expect(wrongWith({ file: '', line: 0, words: rest })).toBe(expected)
  })
})

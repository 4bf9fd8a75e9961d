import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { madeDocuments } from '../scripts/made-documents.ts'
import { errorCatalogue, remedyOf } from '../src/app/error-catalogue.ts'
import { BotError } from '../src/core/bot-error.ts'

const root = path.resolve(import.meta.dirname, '..')

/** Paths below a folder of the repository, with `/`. */
function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
}

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
}

const sources = filesBelow('src', '.ts').map((file) => ({ file, text: read(file) }))
const known = Object.entries(errorCatalogue).map(([code, entry]) => ({ code, entry }))
const codes = new Set(known.map(({ code }) => code))
const prefixes = new Set(known.map(({ code }) => code.slice(0, code.indexOf('_'))))

/** Variables of git's own environment, which look like codes of the room git. */
const gitVariable =
  /^GIT_(?:ALTERNATE|ASKPASS|ATTR|AUTHOR|CEILING|COMMITTER|CONFIG|COMMON|DIR|EDITOR|INDEX|NAMESPACE|NO|OBJECT|OPTIONAL|PAGER|PROTOCOL|QUARANTINE|SSH|TERMINAL|TRACE|WORK)/

describe('documents made from the source', () => {
  it.each(Object.entries(madeDocuments()))('%s is what `npm run docs` makes', (file, text) => {
    expect(read(file)).toBe(text)
  })
})

/** The codes of a file that declares a catalogue. */
function declaredIn(text: string): readonly string[] {
  const body = /export const \w+: ErrorCatalogue = \{(?<body>.*?)\n\}/s.exec(text)?.groups?.['body']
  return [...(body ?? '').matchAll(/^ {2}(?<code>[A-Z_]+): \{/gm)].map(
    (match) => match.groups?.['code'] ?? '',
  )
}

describe('error codes', () => {
  const declared = sources.flatMap(({ file, text }) =>
    declaredIn(text).map((code) => ({ code, room: file.split('/')[1] ?? '' })),
  )

  it('of every room are gathered', () => {
    expect(declared.length).toBeGreaterThan(50)
    expect(declared.filter(({ code }) => !codes.has(code))).toEqual([])
    expect(declared).toHaveLength(codes.size)
  })

  it.each(declared)('$code begins with the name of its room', ({ code, room }) => {
    const prefix = room === 'app' ? 'CLI' : room.toUpperCase()
    expect(code).toMatch(new RegExp(`^${prefix}_[A-Z_]+$`))
  })

  it.each(known)('$code says what happened and what to do', ({ entry }) => {
    expect(entry.meaning).toMatch(/^\S.*[.]$/s)
    expect(entry.remedy).toMatch(/^\S.*[.]$/s)
  })

  it('that are raised are in a catalogue', () => {
    const literal = new RegExp(`'(?<code>(?:${[...prefixes].join('|')})_[A-Z_]+)'`, 'g')
    const raised = sources.flatMap(({ file, text }) =>
      [...text.matchAll(literal)]
        .map((match) => ({ file, code: match.groups?.['code'] ?? '' }))
        .filter(({ code }) => !gitVariable.test(code) || codes.has(code)),
    )

    expect(raised.length).toBeGreaterThan(50)
    expect(raised.filter(({ code }) => !codes.has(code))).toEqual([])
  })

  it('given to BotError as they stand are in a catalogue', () => {
    const direct = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/new BotError\(\s*'(?<code>[^']+)'/g)].map((match) => ({
        file,
        code: match.groups?.['code'] ?? '',
      })),
    )

    expect(direct.length).toBeGreaterThan(10)
    expect(direct.filter(({ code }) => !codes.has(code))).toEqual([])
  })

  it('of the catalogues are all raised', () => {
    const everything = sources.map(({ text }) => text).join('\n')

    expect(known.filter(({ code }) => !everything.includes(`'${code}'`))).toEqual([])
  })
})

describe('remedyOf', () => {
  it.each([
    ['its own remedy', 'CONFIG_MISSING', 'Do this.', /^Do this\.$/],
    ['the remedy of its code', 'CONFIG_MISSING', undefined, /patchferry init/],
    ['nothing for a code that nobody knows', 'X_Y', undefined, /^$/],
  ])('gives %s', (_what, code, remedy, expected) => {
    const error = new BotError(code, 'x', {
      retry: 'never',
      ...(remedy === undefined ? {} : { remedy }),
    })

    expect(remedyOf(error)).toMatch(expected)
  })
})

describe('links in the documents', () => {
  const documents = [
    ...filesBelow('docs', '.md'),
    ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ]

  it.each(documents)('of %s lead somewhere', (file) => {
    const text = read(file).replaceAll(/```.*?```/gs, '')
    const targets = [...text.matchAll(/(?<!!)\[[^\]]*\]\((?<target>[^)#:]+)(?:#[^)]*)?\)/g)].map(
      (match) => match.groups?.['target'] ?? '',
    )

    const missing = targets.filter(
      (target) => !existsSync(path.join(root, path.dirname(file), target)),
    )
    expect(missing).toEqual([])
  })
})

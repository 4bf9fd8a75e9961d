import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { describeConfig } from '../../src/config/describe-config.ts'
import { configEntries } from '../../src/config/entries.ts'
import { exampleConfig, sampleAnswers } from '../../src/config/example-config.ts'
import { parseConfig } from '../../src/config/load-config.ts'
import { schema } from '../../src/config/schema/schema.ts'
import { changedConfig } from '../support/config-text.ts'

function noCommand(): never {
  throw new Error('nothing is run here')
}

const surroundings = {
  environment: {},
  runCommand: noCommand,
  readFile: (): string => 'a-token-long-enough-for-anyone\n',
}

/** Everything a key needs beside it before it is looked at. */
const beside: Readonly<Record<string, unknown>> = {
  'lists.0.sources.0.imap': { host: 'imap.example.org', user: 'list' },
  forges: [{ name: 'f', kind: 'github', app: { id: 1, keyFile: './app.pem' } }],
  'projects.0.tests': { command: ['make'], isolation: 'none' },
  'projects.0.upstream': { url: './upstream.git' },
  'delivery.smtp': { host: 'mail.example.org' },
  'web.public.tokens': [{ name: 'x' }],
  'web.operator.tokens': [{ name: 'x' }],
}

describe('the entries of the schema', () => {
  it.each(configEntries().map((entry) => [entry.pattern, entry] as const))(
    'say of %s what it means and what it defaults to',
    (_pattern, entry) => {
      expect(entry.description).toMatch(/^[A-Z`].*\.$/s)
      expect(entry.isRequired || entry.isSection || entry.fallback !== null).toBe(true)
      expect(entry.isSection || entry.example !== null).toBe(true)
    },
  )

  it.each(
    configEntries()
      .filter((entry) => entry.example !== null)
      .map((entry) => [entry.pattern, entry] as const),
  )('show an example of %s that the schema takes', (pattern, entry) => {
    const value = (parse(`${entry.key}: ${entry.example}`) as Record<string, unknown>)[entry.key]
    const keyPath = pattern.replaceAll('[]', '.0')
    const text = changedConfig({ ...beside, [keyPath]: value })

    const issues = schema.safeParse(parse(text)).error?.issues ?? []

    expect(issues).toEqual([])
  })
})

describe('describeConfig', () => {
  it('has a row for every key', () => {
    const text = describeConfig()

    for (const entry of configEntries()) {
      expect(text).toContain(`\n| \`${entry.key}\` | `)
    }
  })
})

describe('exampleConfig', () => {
  it('is accepted as it stands', () => {
    const config = parseConfig(exampleConfig(sampleAnswers), '/x/patchferry.yml', surroundings)

    expect(config.projects[0]).toMatchObject({ name: 'hello', mirrorUrl: '/x/mirror.git' })
  })

  it('keeps every answer, whatever quotes it needs', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}$/)
    const text = fc
      .stringMatching(/^[!-~][ -~]{0,20}[!-~]$/)
      .filter((given) => !given.includes('$'))
    const place = text.map((given) => `./${given}`)
    fc.assert(
      fc.property(
        fc.record({
          name: text.filter((given) => !/[<>"]/.test(given)),
          list: word.filter((given) => given !== 'stdin'),
          project: word,
          inbox: place,
          mirror: place,
          command: fc.array(text, { minLength: 1, maxLength: 4 }),
          prefixes: fc.option(
            fc.uniqueArray(word, { minLength: 1, selector: (p) => p.toLowerCase() }),
          ),
          image: fc.option(text),
          dryRun: fc.boolean(),
        }),
        (given) => {
          const config = parseConfig(
            exampleConfig({
              ...sampleAnswers,
              bot: { name: given.name, address: 'bot@example.org' },
              list: { ...sampleAnswers.list, name: given.list },
              source: { kind: 'mbox', path: given.inbox },
              project: given.project,
              prefixes: given.prefixes,
              mirrorUrl: given.mirror,
              tests: {
                command: given.command,
                timeout: '5m',
                isolation: given.image === null ? 'none' : { image: given.image },
              },
              maintainers: [{ name: given.name, address: 'jane@example.org' }],
              dryRun: given.dryRun,
              ports: { public: 0, operator: 0 },
            }),
            '/x/patchferry.yml',
            surroundings,
          )
          const [project] = config.projects
          expect(config.bot.name).toBe(given.name)
          expect(config.lists[0]?.name).toBe(given.list)
          expect(project?.name).toBe(given.project)
          expect(project?.prefixes).toEqual(given.prefixes)
          expect(project?.tests?.argv).toEqual(given.command)
          expect(project?.reports.maintainers[0]?.name).toBe(given.name)
          expect(project?.reports.isDryRun).toBe(given.dryRun)
          expect(project?.testing?.isolation.kind).toBe(given.image === null ? 'none' : 'container')
        },
      ),
    )
  })

  it('leaves out what was not answered', () => {
    const config = parseConfig(
      exampleConfig({
        ...sampleAnswers,
        list: { ...sampleAnswers.list, listId: null },
        upstreamUrl: null,
        publicUrl: null,
        tests: null,
        maintainers: [],
        operatorToken: null,
      }),
      '/x/patchferry.yml',
      surroundings,
    )

    expect(config.projects[0]).toMatchObject({ upstreamUrl: null, tests: null })
    expect(config.web.operator.tokens).toEqual([])
  })
})

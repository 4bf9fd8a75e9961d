import { stringify } from 'yaml'
import type { Mailbox } from '../core/message.ts'

/** What `patchferry init` asks. Paths and URLs are written as they are given. */
export interface ConfigAnswers {
  readonly state: string
  readonly bot: Mailbox
  readonly list: { readonly name: string; readonly address: string; readonly listId: string | null }
  readonly source: { readonly kind: 'maildir' | 'mbox' | 'publicInbox'; readonly path: string }
  readonly project: string
  /** Null: every subject of the list. */
  readonly prefixes: readonly string[] | null
  /** Null: base branches come from the mirror. */
  readonly upstreamUrl: string | null
  readonly mirrorUrl: string
  /** Null: the same as `mirrorUrl`. */
  readonly publicUrl: string | null
  readonly branches: readonly string[]
  readonly settle: string
  /** Null: nothing is run. */
  readonly tests: {
    readonly command: readonly string[]
    readonly timeout: string
    readonly isolation: 'bubblewrap' | 'none' | { readonly image: string }
  } | null
  readonly maintainers: readonly Mailbox[]
  readonly dryRun: boolean
  readonly outgoing: string
  /** 0: any free port. */
  readonly ports: { readonly public: number; readonly operator: number } | null
  readonly operatorToken: { readonly name: string; readonly file: string } | null
}

/** What the documentation shows; `init` starts from it too. */
export const sampleAnswers: ConfigAnswers = {
  state: './state',
  bot: { name: 'Patchferry', address: 'patchferry@example.org' },
  list: {
    name: 'devel',
    address: 'devel@lists.example.org',
    listId: 'devel.lists.example.org',
  },
  source: { kind: 'maildir', path: './inbox' },
  project: 'hello',
  prefixes: null,
  upstreamUrl: 'https://git.example.org/hello.git',
  mirrorUrl: './mirror.git',
  publicUrl: 'https://git.example.org/hello-series.git',
  branches: ['main'],
  settle: '2m',
  tests: { command: ['make', 'check'], timeout: '30m', isolation: 'bubblewrap' },
  maintainers: [{ name: 'Jane Doe', address: 'jane@example.org' }],
  dryRun: true,
  outgoing: './outgoing',
  ports: null,
  operatorToken: { name: 'jane', file: './secrets/jane' },
}

/** One value on one line, quoted where YAML needs it, inside `[...]` too. */
function scalar(value: string): string {
  return stringify([value], { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false })
    .trim()
    .slice(1, -1)
}

function sequence(values: readonly string[]): string {
  return `[${values.map(scalar).join(', ')}]`
}

function mailboxText(mailbox: Mailbox): string {
  return mailbox.name === '' ? mailbox.address : `${mailbox.name} <${mailbox.address}>`
}

function testLines(tests: ConfigAnswers['tests']): readonly string[] {
  if (tests === null) {
    return ['    # tests: what is run on an applied series; nothing yet.']
  }
  const isolation = typeof tests.isolation === 'string' ? tests.isolation : 'container'
  return [
    '    tests:',
    `      command: ${sequence(tests.command)}`,
    `      timeout: ${tests.timeout}`,
    '      # Tests are strangers’ code: bubblewrap and container keep them from this machine, none does not.',
    `      isolation: ${isolation}`,
    ...(typeof tests.isolation === 'string'
      ? []
      : [`      image: ${scalar(tests.isolation.image)}`]),
  ]
}

function webLines(answers: ConfigAnswers): readonly string[] {
  const { ports, operatorToken } = answers
  if (ports === null && operatorToken === null) {
    return []
  }
  return [
    '',
    'web:',
    ...(ports === null ? [] : ['  public:', `    port: ${ports.public}`]),
    '  # Looking at the dashboard needs no login, every act needs one of these tokens.',
    '  operator:',
    ...(ports === null ? [] : [`    port: ${ports.operator}`]),
    ...(operatorToken === null
      ? []
      : [
          '    tokens:',
          `      - name: ${scalar(operatorToken.name)}`,
          `        tokenFile: ${scalar(operatorToken.file)}`,
        ]),
  ]
}

function projectLines(answers: ConfigAnswers): readonly string[] {
  const { prefixes, upstreamUrl, publicUrl, maintainers } = answers
  return [
    'projects:',
    `  - name: ${scalar(answers.project)}`,
    `    lists: [${scalar(answers.list.name)}]`,
    ...(prefixes === null
      ? []
      : [
          '    # Only series with one of these words in the brackets of their subject.',
          `    prefixes: ${sequence(prefixes)}`,
        ]),
    ...(upstreamUrl === null
      ? []
      : [
          '    # Base branches are fetched from here.',
          `    upstream: { url: ${scalar(upstreamUrl)} }`,
        ]),
    '    # Branches are pushed here; reports show publicUrl.',
    '    mirror:',
    '      forge: plain',
    `      url: ${scalar(answers.mirrorUrl)}`,
    ...(publicUrl === null ? [] : [`      publicUrl: ${scalar(publicUrl)}`]),
    '    # Candidate bases; the first is the default.',
    `    branches: ${sequence(answers.branches)}`,
    '    # How long a complete series rests, for a late cover letter.',
    `    settle: ${answers.settle}`,
    ...testLines(answers.tests),
    '    # Who hears of what: nobody, author, author-and-list, maintainers.',
    '    reports:',
    '      success: nobody',
    '      failure: author-and-list',
    '      conflict: author',
    `      maintainers: ${sequence(maintainers.map(mailboxText))}`,
    '      # true: reports wait until a person releases them.',
    `      dryRun: ${answers.dryRun}`,
  ]
}

/** A commented configuration file that `parseConfig` accepts whenever the answers themselves are acceptable. */
export function exampleConfig(answers: ConfigAnswers): string {
  const { list, source } = answers
  return [
    '# Patchferry. Every key is explained in docs/configuration.md; secrets stay in files of their own.',
    '',
    '# Store, archive, journal, repositories and checkouts. Back this folder up.',
    `state: ${scalar(answers.state)}`,
    '',
    '# Committer of applied patches and sender of reports.',
    'bot:',
    `  name: ${scalar(answers.bot.name)}`,
    `  address: ${scalar(answers.bot.address)}`,
    '',
    'lists:',
    `  - name: ${scalar(list.name)}`,
    `    address: ${scalar(list.address)}`,
    ...(list.listId === null ? [] : [`    listId: ${scalar(list.listId)}`]),
    '    sources:',
    `      - ${source.kind}: ${scalar(source.path)}`,
    '',
    ...projectLines(answers),
    '',
    '# Reports are delivered to this Maildir.',
    'delivery:',
    `  maildir: ${scalar(answers.outgoing)}`,
    ...webLines(answers),
    '',
  ].join('\n')
}

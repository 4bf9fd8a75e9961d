import type { Mailbox } from '../core/message.ts'
import type { Audience } from '../core/project.ts'
import {
  type DeliveryAnswer,
  deliveryLines,
  type ForgeAnswer,
  forgeLines,
  mirrorForgeLines,
  type SecretAnswer,
  type SourceAnswer,
  scalar,
  secretLine,
  sequence,
  sourceLines,
} from './example-parts.ts'

/** What `patchferry init` asks. Paths and URLs are written as they are given. */
export interface ConfigAnswers {
  readonly state: string
  readonly bot: Mailbox
  readonly list: { readonly name: string; readonly address: string; readonly listId: string | null }
  readonly source: SourceAnswer
  readonly project: string
  /** Null: every subject of the list. */
  readonly prefixes: readonly string[] | null
  /** Null: base branches come from the mirror. */
  readonly upstreamUrl: string | null
  /** Null: a plain git repository. */
  readonly forge: ForgeAnswer | null
  readonly mirrorUrl: string
  /** Null: the same as `mirrorUrl`. */
  /** Over https; null: none. */
  readonly mirrorLogin: { readonly user: string; readonly secret: SecretAnswer } | null
  readonly publicUrl: string | null
  readonly branches: readonly string[]
  readonly settle: string
  /** Null: nothing is run. */
  readonly tests: {
    readonly command: readonly string[]
    readonly timeout: string
    readonly isolation: 'bubblewrap' | 'none' | { readonly image: string }
  } | null
  /** Who hears of what. */
  readonly hears: {
    readonly success: Audience
    readonly failure: Audience
    readonly conflict: Audience
  }
  readonly maintainers: readonly Mailbox[]
  /** Who is told when something is wrong with the service; null: nobody. */
  readonly operator: string | null
  readonly dryRun: boolean
  readonly delivery: DeliveryAnswer
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
  forge: null,
  mirrorUrl: './mirror.git',
  mirrorLogin: null,
  publicUrl: 'https://git.example.org/hello-series.git',
  branches: ['main'],
  settle: '2m',
  tests: { command: ['make', 'check'], timeout: '30m', isolation: 'bubblewrap' },
  hears: { success: 'nobody', failure: 'author-and-list', conflict: 'author' },
  maintainers: [{ name: 'Jane Doe', address: 'jane@example.org' }],
  operator: 'ops@example.org',
  dryRun: true,
  delivery: { kind: 'maildir', path: './outgoing' },
  ports: null,
  operatorToken: { name: 'jane', file: './secrets/jane' },
}

function mailboxText(mailbox: Mailbox): string {
  return mailbox.name === '' ? mailbox.address : `${mailbox.name} <${mailbox.address}>`
}

function testLines(tests: ConfigAnswers['tests']): readonly string[] {
  if (tests === null) {
    return ['    # tests: what is run here on an applied series; nothing, as it is.']
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

function operatorLines({ operator }: ConfigAnswers): readonly string[] {
  return [
    '',
    '# One mail when something turns bad that a person has to mend (a silent source, a refused login, a full disk), and one',
    '# when it is good again. Without an address nobody is written to.',
    ...(operator === null ? ['# operator:', '#   address: you@example.org'] : []),
    ...(operator === null ? [] : ['operator:', `  address: ${scalar(operator)}`]),
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
  const { prefixes, upstreamUrl, mirrorLogin, publicUrl, maintainers } = answers
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
    `      forge: ${answers.forge?.kind ?? 'plain'}`,
    `      url: ${scalar(answers.mirrorUrl)}`,
    ...(mirrorLogin === null
      ? []
      : [
          `      user: ${scalar(mirrorLogin.user)}`,
          `      ${secretLine('password', mirrorLogin.secret)}`,
        ]),
    ...(publicUrl === null ? [] : [`      publicUrl: ${scalar(publicUrl)}`]),
    ...mirrorForgeLines(answers.forge),
    '    # Candidate bases; the first is the default.',
    `    branches: ${sequence(answers.branches)}`,
    '    # How long a complete series rests, for a late cover letter.',
    `    settle: ${answers.settle}`,
    ...testLines(answers.tests),
    '    # Who hears of what: nobody, author, author-and-list, maintainers.',
    '    reports:',
    `      success: ${answers.hears.success}`,
    `      failure: ${answers.hears.failure}`,
    `      conflict: ${answers.hears.conflict}`,
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
    ...sourceLines(source),
    '',
    ...forgeLines(answers.forge),
    ...projectLines(answers),
    '',
    ...deliveryLines(answers.delivery),
    ...operatorLines(answers),
    ...webLines(answers),
    '',
  ].join('\n')
}

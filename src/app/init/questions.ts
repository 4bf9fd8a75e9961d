import { isImapUrl, isSmtpUrl } from './server-url.ts'

/** What was answered so far, by the name of the option. */
export type Given = ReadonlyMap<string, string>

/** What was found while checking, which later questions suggest. */
export interface Found {
  readonly listId: string | null
  readonly branch: string | null
}

export interface Question {
  readonly option: string
  readonly placeholder: string
  readonly text: string
  /** Keys of the configuration that say what is wrong with its answer. */
  readonly keys: readonly string[]
  /** What is typed is not shown, and kept in a file of its own. */
  readonly isSecret?: true
  /** Absent: always asked. */
  readonly isAsked?: (given: Given) => boolean
  /** Taken when nothing is answered; null: an answer is needed. */
  readonly fallback: (given: Given, found: Found) => string | null
}

/** What it asks for, without what may be answered. */
export function wordsOf({ text }: Question): string {
  return text.split(/[:,(]/)[0]?.trim() ?? text
}

function always(text: string | null): Question['fallback'] {
  return () => text
}

function of(given: Given, option: string): string {
  return given.get(option) ?? ''
}

/** What an address on the web is most likely to be. */
function forgeOf(url: string): string {
  const host = URL.canParse(url) ? new URL(url).host : ''
  return host === 'github.com' ? 'github' : host === 'codeberg.org' ? 'forgejo' : 'plain'
}

function isOnForge(given: Given): boolean {
  return of(given, 'forge') !== 'plain'
}

function needsFork(given: Given): boolean {
  return isOnForge(given) && ['fork', 'agit'].includes(of(given, 'placement'))
}

/** Whether a login is asked for where reports leave. */
export function hasSmtpUser(given: Given): boolean {
  const url = of(given, 'delivery')
  return isSmtpUrl(url) && URL.canParse(url) && new URL(url).username !== ''
}

/** Whether the mirror is a plain repository on the web, which may ask for a login. */
export function isPlainWeb(given: Given): boolean {
  return !isOnForge(given) && /^https?:/i.test(of(given, 'mirror'))
}

/** All that `init` asks, in this order; each is an option too. */
export const questions: readonly Question[] = [
  {
    option: 'list',
    placeholder: 'address',
    text: 'Address of the mailing list',
    keys: ['lists[0].address'],
    fallback: always(null),
  },
  {
    option: 'source',
    placeholder: 'place',
    text: 'Where its mail arrives: a Maildir, an mbox file, a public-inbox (folder or URL), or imaps://USER@HOST/FOLDER,FOLDER',
    keys: ['lists[0].sources'],
    fallback: always('./inbox'),
  },
  {
    option: 'source-login',
    placeholder: 'where',
    text: 'Password of that mailbox: type it, or say where it is, file:PATH or command:WORDS',
    keys: ['lists[0].sources'],
    isSecret: true,
    isAsked: (given) => isImapUrl(of(given, 'source')),
    fallback: always(null),
  },
  {
    option: 'list-id',
    placeholder: 'id',
    text: 'List-Id, without angle brackets (- for none)',
    keys: ['lists[0].listId'],
    fallback: (_, { listId }) => listId ?? '',
  },
  {
    option: 'project',
    placeholder: 'name',
    text: 'Name of the project',
    keys: ['projects[0].name'],
    fallback: (given) => of(given, 'list').split('@')[0] ?? null,
  },
  {
    option: 'upstream',
    placeholder: 'url',
    text: 'Where base branches come from (empty: the mirror)',
    keys: ['projects[0].upstream'],
    fallback: always(''),
  },
  {
    option: 'mirror',
    placeholder: 'url',
    text: 'The mirror that series are pushed to',
    keys: ['projects[0].mirror.url'],
    fallback: always('./mirror.git'),
  },
  {
    option: 'forge',
    placeholder: 'kind',
    text: 'What the mirror is: plain, github, forgejo or gitea',
    keys: ['forges', 'projects[0].mirror.forge', 'projects[0].mirror.url'],
    fallback: (given) => forgeOf(of(given, 'mirror')),
  },
  {
    option: 'mirror-user',
    placeholder: 'name',
    text: 'Who logs in to the mirror (empty: it asks for no login)',
    keys: ['projects[0].mirror'],
    isAsked: isPlainWeb,
    fallback: always(''),
  },
  {
    option: 'mirror-login',
    placeholder: 'where',
    text: 'Password or token of that user: type it, or say where it is, file:PATH or command:WORDS',
    keys: ['projects[0].mirror'],
    isSecret: true,
    isAsked: (given) => of(given, 'mirror-user') !== '',
    fallback: always(null),
  },
  {
    option: 'forge-login',
    placeholder: 'where',
    text: 'Access token of the bot: type it, or file:PATH; or app:ID:KEYFILE of a GitHub App (patchferry init github makes one)',
    keys: ['forges'],
    isSecret: true,
    isAsked: isOnForge,
    fallback: always(null),
  },
  {
    option: 'placement',
    placeholder: 'kind',
    text: 'Where heads of pull requests live: fork, agit (Forgejo, Gitea), secretless-mirror or same-repo',
    keys: ['projects[0].mirror.placement'],
    isAsked: isOnForge,
    fallback: (given) => (of(given, 'forge') === 'github' ? 'fork' : 'agit'),
  },
  {
    option: 'fork',
    placeholder: 'url',
    text: 'The bot’s fork of the mirror',
    keys: ['projects[0].mirror.fork'],
    isAsked: needsFork,
    fallback: always(null),
  },
  {
    option: 'branch',
    placeholder: 'name',
    text: 'Base branches, best first, separated by commas',
    keys: ['projects[0].branches'],
    fallback: (_, { branch }) => branch ?? 'main',
  },
  {
    option: 'test',
    placeholder: 'command',
    text: 'What tests it on this machine: a program and its words, with quotes around blanks (empty: nothing, or the CI of the forge)',
    keys: ['projects[0].tests'],
    fallback: always(''),
  },
  {
    option: 'isolation',
    placeholder: 'kind',
    text: 'How tests are kept apart: bubblewrap, none, or container:IMAGE',
    keys: ['projects[0].tests'],
    isAsked: (given) => of(given, 'test') !== '',
    fallback: always('bubblewrap'),
  },
  {
    option: 'bot',
    placeholder: 'address',
    text: 'Address that reports come from',
    keys: ['bot.address'],
    fallback: always(null),
  },
  {
    option: 'delivery',
    placeholder: 'way',
    text: 'How reports leave: a Maildir, smtps://[USER@]HOST[:PORT] (smtp: for STARTTLS), or sendmail',
    keys: ['delivery'],
    fallback: always('./outgoing'),
  },
  {
    option: 'delivery-login',
    placeholder: 'where',
    text: 'Password of that mail server: type it, or say where it is, file:PATH or command:WORDS',
    keys: ['delivery'],
    isSecret: true,
    isAsked: hasSmtpUser,
    fallback: always(null),
  },
  {
    option: 'success',
    placeholder: 'who',
    text: 'Who hears of success: nobody, author, author-and-list or maintainers',
    keys: ['projects[0].reports.success'],
    fallback: always('nobody'),
  },
  {
    option: 'failure',
    placeholder: 'who',
    text: 'Who hears of failing tests',
    keys: ['projects[0].reports.failure'],
    fallback: always('author-and-list'),
  },
  {
    option: 'conflict',
    placeholder: 'who',
    text: 'Who hears that a series does not apply',
    keys: ['projects[0].reports.conflict'],
    fallback: always('author'),
  },
  {
    option: 'maintainers',
    placeholder: 'people',
    text: 'Maintainers, as Jane Doe <jane@example.org>, separated by commas (empty: none)',
    keys: ['projects[0].reports'],
    fallback: always(''),
  },
  {
    option: 'operator',
    placeholder: 'address',
    text: 'Who is written to when the service needs a person: a silent source, a refused login, a full disk (empty: nobody, so look at status now and then)',
    keys: ['operator'],
    fallback: always(''),
  },
]

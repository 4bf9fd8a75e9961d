import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { loadConfig, parseConfig } from '../../src/config/load-config.ts'
import type { ConfigProblem } from '../../src/config/problem.ts'
import { BotError } from '../../src/core/bot-error.ts'
import { defaultReportPolicy } from '../../src/core/report/default-report-policy.ts'
import { changedConfig, minimalConfig } from '../support/config-text.ts'

function noCommand(): never {
  throw new Error('nothing is run here')
}

const token = 'a-token-long-enough-for-anyone'

function parse(text: string, files: Readonly<Record<string, string>> = {}): Config {
  return parseConfig(text, '/etc/patchferry/patchferry.yml', {
    environment: { TOKEN: token, SHORT: 'short', FOLDER: '/run/secrets' },
    runCommand: noCommand,
    readFile: (file) => {
      const content = files[file]
      if (content === undefined) {
        throw new Error(`ENOENT: no such file or directory, open '${file}'`)
      }
      return content
    },
  })
}

function errorOf(work: () => unknown): BotError {
  try {
    work()
  } catch (error) {
    if (error instanceof BotError) {
      return error
    }
    throw error
  }
  throw new Error('expected a BotError, but nothing was thrown')
}

function problemsOf(text: string, files: Readonly<Record<string, string>> = {}): ConfigProblem[] {
  const error = errorOf(() => parse(text, files))
  expect(error.code).toBe('CONFIG_INVALID')
  return error.details['problems'] as ConfigProblem[]
}

/** The one problem there is. */
function problemOf(text: string, files: Readonly<Record<string, string>> = {}): ConfigProblem {
  const problems = problemsOf(text, files)
  expect(problems.map((problem) => problem.key)).toHaveLength(1)
  return problems[0] as ConfigProblem
}

describe('parseConfig', () => {
  it('fills in what a minimal file leaves out', () => {
    const config = parse(minimalConfig)

    expect(config).toMatchObject({
      file: '/etc/patchferry/patchferry.yml',
      stateDirectory: '/etc/patchferry/state',
      bot: { name: 'Patchferry', address: 'patchferry@example.org' },
      otherBots: expect.arrayContaining(['lkp@intel.com']),
      lists: [{ name: 'devel', listId: null, sources: ['devel-maildir'] }],
      sources: [
        {
          name: 'devel-maildir',
          list: 'devel',
          kind: 'maildir',
          path: '/etc/patchferry/inbox',
          pollMs: 60_000,
        },
      ],
      delivery: {
        way: { kind: 'maildir', path: '/etc/patchferry/outgoing' },
        returnPath: 'patchferry@example.org',
        plainReturnPath: 'patchferry@example.org',
        bounces: { limit: 3, withinMs: 30 * 86_400_000, silentForMs: 90 * 86_400_000 },
        retryForMs: 5 * 86_400_000,
        lookForMs: 2 * 3_600_000,
        ifUnknown: 'hold',
      },
      web: {
        public: { host: '127.0.0.1', port: 8470, tokens: [] },
        operator: { host: '127.0.0.1', port: 8471, hosts: [], isBehindTls: false },
      },
      log: { level: 'info' },
    })
    expect(config.projects).toEqual([
      {
        name: 'hello',
        lists: config.lists,
        prefixes: null,
        paths: null,
        upstreamUrl: null,
        upstreamAuthorization: null,
        forge: null,
        overlayFolder: null,
        holdsNoSecrets: false,
        placement: null,
        checks: { expected: [], quietMs: 120_000 },
        mirrorUrl: '/etc/patchferry/mirror.git',
        mirrorAuthorization: null,
        publicMirrorUrl: '/etc/patchferry/mirror.git',
        publicHeadsUrl: '/etc/patchferry/mirror.git',
        branches: ['refs/heads/main'],
        prefixBranches: {},
        settleMs: 120_000,
        tests: null,
        testing: null,
        trust: {
          ciPaths: [],
          unknownSenders: 'test',
          authservIds: [],
          knownSenders: [],
          approvers: [],
        },
        usesGreenBase: false,
        reports: defaultReportPolicy([]),
        listReports: {},
      },
    ])
  })

  it('reads tests with their isolation', () => {
    const [project] = parse(
      changedConfig({
        'projects.0.tests': {
          command: ['make', 'check'],
          timeout: '90s',
          bisect: '1h',
          isolation: 'container',
          image: 'localhost/tests',
          memory: '2GB',
          processes: 100,
          environment: { JOBS: '2' },
          output: '64KB',
        },
      }),
    ).projects

    expect(project?.tests).toEqual({
      name: 'test',
      argv: ['make', 'check'],
      timeoutMs: 90_000,
      bisectForMs: 3_600_000,
    })
    expect(project?.testing).toEqual({
      isolation: {
        kind: 'container',
        engine: 'podman',
        image: 'localhost/tests',
        memoryBytes: 2 * 1024 ** 3,
        processes: 100,
      },
      environment: { JOBS: '2' },
      outputBytes: 65_536,
    })
  })

  it('reads a mail server, its login a secret', () => {
    const text = changedConfig({
      delivery: {
        smtp: {
          host: 'mail.example.org',
          security: 'tls',
          user: 'bot',
          passwordFile: './mail-password',
          fingerprint: 'AB:'.repeat(31).concat('AB'),
        },
        ifUnknown: 'resend',
      },
    })
    const surroundings = { environment: {}, runCommand: noCommand, readFile: () => 'a pass word\n' }
    const { delivery, secrets } = parseConfig(text, '/etc/patchferry/p.yml', surroundings)

    expect(delivery).toMatchObject({
      ifUnknown: 'resend',
      way: {
        kind: 'smtp',
        host: 'mail.example.org',
        port: 465,
        fingerprint: 'ab'.repeat(32),
        timeoutMs: 300_000,
      },
    })
    const login = delivery.way.kind === 'smtp' ? delivery.way.login : null
    expect(login?.credential.kind === 'password' && login.credential.password.reveal()).toBe(
      'a pass word',
    )
    expect(secrets()).toContain('a pass word')
  })

  it.each([
    ['./sm.sh', '/etc/patchferry/sm.sh'],
    ['bin/sm', '/etc/patchferry/bin/sm'],
    ['/usr/bin/msmtp', '/usr/bin/msmtp'],
    ['msmtp', 'msmtp'],
  ])('takes the program %s for %s', (program, found) => {
    const { delivery } = parse(
      changedConfig({ delivery: { sendmail: { command: [program, './x'] } } }),
    )
    expect(delivery.way).toMatchObject({ argv: [found, './x'] })
  })

  it('hands mails to the sendmail of this machine where nothing else is said', () => {
    const { delivery } = parse(changedConfig({ delivery: { sendmail: {} } }))

    expect(delivery.way).toEqual({
      kind: 'sendmail',
      argv: ['/usr/sbin/sendmail'],
      timeoutMs: 300_000,
    })
  })

  it('logs in with a token that is read for each connection', () => {
    const smtp = { host: 'h', user: 'bot', tokenFile: './token' }
    const { delivery } = parse(changedConfig({ delivery: { smtp } }))

    expect(delivery.way).toMatchObject({
      login: { user: 'bot', credential: { kind: 'token-file' } },
    })
  })

  it('gives bounces an address for each report where the return path has a token', () => {
    function returnPath(text: string): unknown {
      const { delivery } = parse(
        changedConfig({ delivery: { maildir: './out', returnPath: text } }),
      )
      return [delivery.returnPath, delivery.plainReturnPath]
    }

    expect(returnPath('b+{token}@example.org')).toEqual([
      'b+{token}@example.org',
      'patchferry@example.org',
    ])
    expect(returnPath('bounces@example.org')).toEqual([
      'bounces@example.org',
      'bounces@example.org',
    ])
  })

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['no way out', {}, /needs `maildir`, `smtp` or `sendmail`/],
    ['a return path that is none', { maildir: './o', returnPath: 'x' }, /is no mail address/],
    [
      'a return path with two tokens',
      { maildir: './o', returnPath: '{token}{token}@x.example' },
      /is no mail address/,
    ],
    [
      'a return path with a long name',
      { maildir: './o', returnPath: `${'x'.repeat(29)}{token}@x.example` },
      /longer than 64/,
    ],
    ['two ways out', { maildir: './out', smtp: { host: 'h' } }, /given beside `maildir`/],
    ['a user without a password', { smtp: { host: 'h', user: 'bot' } }, /is missing beside `user`/],
    [
      'a password without a user',
      { smtp: { host: 'h', passwordFile: './p' } },
      /missing beside the password/,
    ],
    [
      'a password in the clear',
      { smtp: { host: 'h', security: 'none', user: 'bot', passwordFile: './p' } },
      /in the clear/,
    ],
    [
      'a login where TLS is only taken if offered',
      { smtp: { host: 'h', security: 'opportunistic', user: 'bot', passwordFile: './p' } },
      /in the clear/,
    ],
    [
      'two secrets',
      { smtp: { host: 'h', user: 'bot', tokenFile: './t', passwordFile: './p' } },
      /second secret/,
    ],
    ['a login without secret', { smtp: { host: 'h', user: 'bot' } }, /is missing beside `user`/],
    ['a program beside a server', { smtp: { host: 'h' }, sendmail: {} }, /given beside `smtp`/],
    [
      'trust without TLS',
      { smtp: { host: 'h', security: 'none', authoritiesFile: './ca' } },
      /no effect without TLS/,
    ],
  ])('refuses a delivery with %s', (_, delivery, message) => {
    const surroundings = { environment: {}, runCommand: noCommand, readFile: () => 'secret\n' }
    expect(() =>
      parseConfig(changedConfig({ delivery }), '/etc/patchferry/p.yml', surroundings),
    ).toThrow(message)
  })

  it('sends held series and broken tests to the maintainers where there are any', () => {
    const [project] = parse(
      changedConfig({
        'projects.0.reports.maintainers': ['Jane Doe <jane@example.org>', 'a@b.org'],
      }),
    ).projects

    expect(project?.reports.audience).toMatchObject({ held: 'maintainers', error: 'maintainers' })
    expect(project?.reports.maintainers).toEqual([
      { name: 'Jane Doe', address: 'jane@example.org' },
      { name: '', address: 'a@b.org' },
    ])
  })

  it('freezes everything it gives', () => {
    const config = parse(minimalConfig)

    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.projects[0]?.reports.audience)).toBe(true)
  })

  it('leaves URLs alone and resolves paths', () => {
    const [project] = parse(
      changedConfig({
        'projects.0.upstream': { url: 'git@example.org:hello.git' },
        'projects.0.mirror.url': '../mirror.git',
        'projects.0.mirror.publicUrl': 'https://git.example.org/hello.git',
      }),
    ).projects

    expect(project).toMatchObject({
      upstreamUrl: 'git@example.org:hello.git',
      mirrorUrl: '/etc/mirror.git',
      publicMirrorUrl: 'https://git.example.org/hello.git',
    })
  })

  it('lists every mistake of a file at once, in the order of the file', () => {
    const text = `state: 5
bot: { address: someone }
lists:
  - name: devel
    adress: devel@lists.example.org
    address: devel@lists.example.org
projects:
  - name: hello
    lists: [devl]
    mirror: { forge: plain, url: ./mirror.git }
    settle: 30
    tests: { command: [make] }
delivery: { maildir: ./outgoing }
`
    const error = errorOf(() => parse(text))

    const problems = error.details['problems'] as ConfigProblem[]
    expect(problems.map(({ line, column, key }) => [line, column, key])).toEqual([
      [1, 8, 'state'],
      [2, 17, 'bot.address'],
      [5, 5, 'lists[0].adress'],
      [9, 13, 'projects[0].lists[0]'],
      [11, 13, 'projects[0].settle'],
      [12, 5, 'projects[0].tests.isolation'],
    ])
    for (const problem of problems) {
      expect(error.message).toContain(
        `/etc/patchferry/patchferry.yml:${problem.line}:${problem.column}: ${problem.key} ${problem.message}`,
      )
      expect(error.message).toContain(problem.remedy)
    }
    expect(error.retry).toBe('after-human')
  })

  it.each([
    ['lists.0.adress', 'a@b.org', 'is an unknown key', /Did you mean `address`\?/],
    ['projects.0.setle', '2m', 'is an unknown key', /Did you mean `settle`\?/],
    ['zzz', 1, 'is an unknown key', /^Possible here: state, bot/],
    ['bot.address', undefined, 'is missing', /patchferry@example\.org/],
    ['projects.0.mirror.url', undefined, 'is missing', /`url: \.\/mirror\.git`/],
    ['log', null, 'is empty', /Give it a value/],
    ['projects', [], 'must have at least one entry', /./],
    ['projects.0.settle', 30, 'must be text, but is a number', /`settle: 30s`/],
    ['projects.0.settle', '30', 'is no duration', /30s, 10m, 2h or 1d/],
    ['lists.0.sources', [{ mbox: 'a', poll: '0s' }], 'is no duration of a second or more', /30s/],
    ['projects.0.branches', [2.4], 'must be text, but is a number', /quotes: '2\.4'/],
    ['projects.0.branches', ['refs/heads/x'], 'must be a branch name, not a full ref', /Write x\./],
    ['projects.0.branches', ['a..b'], 'is no branch name', /check-ref-format/],
    ['projects.0.branches', ['--upload-pack=x'], 'is no branch name', /./],
    ['projects.0.mirror.forge', 'plane', /is no forge of this file/, /Add it to `forges`/],
    ['projects.0.mirror.url', 'https://u:p@h/r', 'holds credentials', /passwordFile/],
    ['projects.0.mirror.url', 'ext::sh -c x', /transport that is not allowed/, /https/],
    ['projects.0.mirror.url', '--upload-pack=x', 'is no repository', /./],
    ['projects.0.mirror.url', '~/mirror.git', 'is no repository', /without `~`/],
    ['projects.0.name', '../up', /^is no name/, /./],
    ['projects.0.prefixes', ['two words'], /one word/, /./],
    ['projects.0.prefixes', [], /leave the key out/, /./],
    ['projects.0.paths', [], /leave the key out/, /./],
    ['lists.0.ignorePrefixes', ['[RFC]'], /one word/, /./],
    ['projects.0.trust.ciPaths', 'ci/**', 'must be a list, but is text', /./],
    ['projects.0.reports.success', 'maintainers', /none are named/, /`maintainers`/],
    ['projects.0.reports.quietHours', { from: '22:00' }, /other end/, /Give both/],
    ['projects.0.reports.quietHours', { from: '25:00', to: '7:00' }, /no time of day/, /in quotes/],
    ['projects.0.reports.quietHours', { from: '7:00', to: '07:00' }, /no time at all/, /weekends/],
    ['projects.0.reports.digest', { to: 'results' }, /is not given/, /`list`/],
    ['projects.0.reports.digest', { to: 'maintainers' }, /is not given/, /`list`/],
    ['projects.0.reports.when', { conflict: 'digest' }, /author alone/, /another audience/],
    [
      'projects.0.reports',
      { success: 'author', when: { success: 'digest' } },
      /to the author alone/,
      /another audience/,
    ],
    ['projects.0.reports.timeZone', 'Mars/Base', /no time zone/, /Europe/],
    ['projects.0.reports.limits', { perDay: -1 }, /negative/, /./],
    ['projects.0.reports.staleAfter', '0s', /no duration/, /30s/],
    ['projects.0.reports.when', { success: 'sometimes' }, /./, /./],
    ['projects.0.reports.maintainers', ['Jane'], 'is no mailbox', /Jane Doe/],
    ['bot.name', 'two\nlines', 'must be one line of text', /line breaks/],
    ['bot.address', 'Bot <bot@example.org>', 'is no mail address', /bare address/],
    ['state', '${HOME}/state', 'refers to a variable', /only secrets/],
    ['web.public.port', 70_000, 'must be a port number', /`port: 80`/],
    ['web.operator.port', 8470, 'is the port of `web.public` too', /./],
    ['web.operator.host', '0.0.0.0', /asks for no login/, /`hosts: /],
    ['delivery.maildir', './inbox', /also read as a source/, /folder of its own/],
    ['lists.0.sources', [{}], 'names no place to read', /exactly one/],
    [
      'lists.0.sources',
      [{ maildir: 'a', mbox: 'b' }],
      'names several places to read',
      /exactly one/,
    ],
    ['lists.0.sources', [{ mbox: 'a', name: 'stdin' }], /is reserved/, /another name/],
    ['lists.0.sources', [{ mbox: 'a' }, { mbox: 'b' }], /second source named devel-mbox/, /`name`/],
    [
      'lists.0.sources',
      [{ mbox: 'a', name: 'x' }, { mbox: './a' }],
      /read by two sources/,
      /Remove/,
    ],
  ])('says of %s: %j what is wrong and what to do', (key, value, message, remedy) => {
    const problem = problemOf(changedConfig({ [key]: value }))

    expect(problem.message).toMatch(message)
    expect(problem.remedy).toMatch(remedy)
    expect(problem.line).toBeGreaterThan(0)
  })

  it.each([
    [{ isolation: 'none', image: 'x' }, 'image', /no effect with `isolation: none`/],
    [{ isolation: 'none', readable: ['/opt'] }, 'readable', /no effect/],
    [{ isolation: 'bubblewrap', memory: '1GB' }, 'memory', /no effect/],
    [{ isolation: 'container' }, 'image', /needs an image/],
    [{ isolation: 'bubblewrap', readable: ['opt'] }, 'readable[0]', /absolute/],
    [{ isolation: 'bubblewrap', readable: ['/'] }, 'readable[0]', /show the state folder/],
    [{ isolation: 'chroot' }, 'isolation', /not one of those possible/],
    [{}, 'isolation', /code that strangers sent by mail/],
    [{ isolation: 'none', command: 'make' }, 'command', /must be a list/],
    [{ isolation: 'none', timeout: '0s' }, 'timeout', /no duration of a second or more/],
    [{ isolation: 'none', output: '10B' }, 'output', /no size of a KB or more/],
    [{ isolation: 'none', environment: { 'A B': 'x' } }, 'environment.A B', /no possible name/],
  ])('refuses tests %j', (tests, key, message) => {
    const problem = problemOf(
      changedConfig({ 'projects.0.tests': { command: ['make'], ...tests } }),
    )

    expect(problem.key).toBe(`projects[0].tests.${key}`)
    expect(problem.message).toMatch(message)
  })

  it('refuses a project that names a list twice, or one that does not exist', () => {
    const problems = problemsOf(
      changedConfig({ 'projects.0.lists': ['devel', 'devel', 'elsewhere'] }),
    )

    expect(problems.map(({ key, message }) => [key, message])).toEqual([
      ['projects[0].lists[1]', 'is named twice'],
      ['projects[0].lists[2]', 'is no list of this file: elsewhere'],
    ])
  })

  const mirror = { forge: 'plain', url: './other.git' }
  it.each([
    [undefined, undefined, 'projects[1]', /same mails as hello/],
    [['A', 'b'], ['c', 'a'], 'projects[1].prefixes[1]', /claimed by hello/],
  ])('refuses projects with prefixes %j and %j on one list', (first, second, key, message) => {
    const other = { name: 'other', lists: ['devel'], prefixes: second, mirror }
    const problem = problemOf(changedConfig({ 'projects.0.prefixes': first, 'projects.1': other }))

    expect(problem.key).toBe(key)
    expect(problem.message).toMatch(message)
  })

  it.each([
    [{ paths: ['net/'] }, { paths: ['net/'] }, 'projects[1].paths[0]', /claimed by hello/],
    [{ prefixes: ['net'] }, { prefixes: ['net'] }, 'projects[1].prefixes[0]', /claimed by hello/],
  ])('refuses projects that claim %j and %j on one list', (first, second, key, message) => {
    const other = { name: 'other', lists: ['devel'], mirror, ...second }
    const changes = Object.entries(first).map(([name, value]) => [`projects.0.${name}`, value])
    const config = changedConfig({ ...Object.fromEntries(changes), 'projects.1': other })
    expect(problemOf(config)).toMatchObject({ key, message: expect.stringMatching(message) })
  })

  it('refuses to ignore a prefix that a project of the list asks for', () => {
    const problem = problemOf(
      changedConfig({ 'lists.0.ignorePrefixes': ['RFC', 'NET'], 'projects.0.prefixes': ['net'] }),
    )
    expect(problem).toMatchObject({
      key: 'lists[0].ignorePrefixes[1]',
      message: expect.stringMatching(/is a prefix of hello/),
    })
  })

  it('accepts a project for the rest of a list beside one with files', () => {
    const other = { name: 'other', lists: ['devel'], paths: ['net/', '!net/x/'], mirror }
    const config = parse(changedConfig({ 'projects.1': other }))
    expect(config.projects.map((project) => project.paths)).toEqual([null, ['net/', '!net/x/']])
  })

  it('accepts a project for the rest of a list beside one with prefixes', () => {
    const other = { name: 'other', lists: ['devel'], prefixes: ['other'], mirror }
    const config = parse(changedConfig({ 'projects.1': other }))

    expect(config.projects.map((project) => project.prefixes)).toEqual([null, ['other']])
  })

  it('finds names and addresses that are used twice, whatever their case', () => {
    const problems = problemsOf(
      changedConfig({
        'lists.1': { name: 'Devel', address: 'DEVEL@lists.example.org' },
        'web.public.tokens': [
          { name: 'jane', token: '${TOKEN}' },
          { name: 'jane', token: '${TOKEN}' },
        ],
      }),
    )

    expect(problems.map(({ key, message }) => [key, message])).toEqual([
      ['lists[1].name', 'is used twice'],
      ['lists[1].address', 'belongs to two lists'],
      ['web.public.tokens[1].name', 'is used twice'],
    ])
  })

  it.each([
    ['', 'is empty'],
    ['# only a comment\n', 'is empty'],
    ['- a\n- b\n', 'must be a mapping of keys to values'],
    ['a: [1', /cannot be read as YAML/],
    ['a: 1\na: 2\n', /Map keys must be unique/],
    ['a: *nowhere\n', /Unresolved alias/],
    ['bot: &a [*a]\n', /an alias is part of what it names/],
    ['a: !!js/function x\n', /Unresolved tag/],
    ['a: 1\n---\nb: 2\n', /YAML/],
  ])('says where %j is no configuration', (text, message) => {
    const [problem] = problemsOf(text)

    expect(problem?.message).toMatch(message)
  })

  it('finds mistakes behind an alias', () => {
    const text = changedConfig({ 'lists.0.sources': [{ mbox: 'a', pol: '1m' }] }).replace(
      'sources:',
      'sources: &places',
    )
    expect(problemOf(text).key).toBe('lists[0].sources[0].pol')
  })

  it('has no PostgreSQL store yet', () => {
    const error = errorOf(() =>
      parseConfig(minimalConfig, 'patchferry.yml', {
        environment: { DATABASE_URL: 'postgres://localhost/x' },
        runCommand: noCommand,
        readFile: () => '',
      }),
    )

    expect(error.code).toBe('CONFIG_POSTGRES_UNSUPPORTED')
  })
})

describe('secrets', () => {
  function withToken(entry: Readonly<Record<string, unknown>>): string {
    return changedConfig({ 'web.operator.tokens': [{ name: 'jane', ...entry }] })
  }

  it('come from environment variables and from files', () => {
    const config = parse(
      changedConfig({
        'web.operator.tokens': [
          { name: 'jane', token: '${TOKEN}' },
          { name: 'joe', tokenFile: './joe' },
          { name: 'jim', tokenFile: '${FOLDER}/jim' },
        ],
      }),
      { '/etc/patchferry/joe': `joe-${token}\n`, '/run/secrets/jim': `jim-${token}\n` },
    )

    expect(config.web.operator.tokens.map((entry) => [entry.name, entry.token.reveal()])).toEqual([
      ['jane', token],
      ['joe', `joe-${token}`],
      ['jim', `jim-${token}`],
    ])
    expect(config.secrets()).toEqual([token, `joe-${token}`, `jim-${token}`])
  })

  it('are read again where a file holds them; what cannot be one changes nothing', () => {
    const files: Record<string, string> = { '/etc/patchferry/joe': `joe-${token}\n` }
    const config = parse(withToken({ tokenFile: './joe' }), files)
    const secret = config.web.operator.tokens[0]?.token

    for (const unusable of ['', 'short', `two ${token}\nlines\n`]) {
      files['/etc/patchferry/joe'] = unusable
      expect(secret?.reveal()).toBe(`joe-${token}`)
    }
    files['/etc/patchferry/joe'] = `new-${token}\n`
    expect(secret?.reveal()).toBe(`new-${token}`)
    delete files['/etc/patchferry/joe']
    expect(secret?.reveal()).toBe(`new-${token}`)
    expect(config.secrets()).toEqual([`joe-${token}`, `new-${token}`])
  })

  it('do not show when what holds them is printed', () => {
    const { web } = parse(withToken({ token: '${TOKEN}' }))

    expect(inspect(web, { depth: 9 })).not.toContain(token)
    expect(JSON.stringify(web)).not.toContain(token)
  })

  it('become the header of an https mirror', () => {
    const config = parse(
      changedConfig({
        'projects.0.mirror': {
          forge: 'plain',
          url: 'https://git.example.org/hello.git',
          user: 'bot',
          passwordFile: 'pw',
        },
      }),
      { '/etc/patchferry/pw': 'pass word\n' },
    )

    const header = config.projects[0]?.mirrorAuthorization?.reveal()
    expect(header).toBe(`Basic ${Buffer.from('bot:pass word').toString('base64')}`)
    expect(config.secrets()).toContain('pass word')
    expect(config.secrets()).toContain(header?.replace('Basic ', ''))
  })

  it.each([
    [{ token: 'hunter2-hunter2-hunter2' }, 'token', /written into this file/],
    [{ token: 12345678901234 }, 'token', /must be text/],
    [{ token: '${NOWHERE}' }, 'token', /NOWHERE, which is not set/],
    [{ token: '${SHORT}' }, 'token', /fewer than 20 characters/],
    [{ token: '${TOKEN}', tokenFile: 'joe' }, 'tokenFile', /beside `token`/],
    [{ tokenFile: 'joe' }, 'tokenFile', /cannot be read: ENOENT/],
    [{ tokenFile: 'empty' }, 'tokenFile', /empty secret/],
    [{ tokenFile: 'two' }, 'tokenFile', /more than one line/],
    [{ tokenFile: '${NOWHERE}/jane' }, 'tokenFile', /NOWHERE, which is not set/],
    [{}, 'tokenFile', /is missing/],
  ])('are refused as %j, without being shown', (entry, key, message) => {
    const files = { '/etc/patchferry/empty': '\n', '/etc/patchferry/two': `${token}\n${token}\n` }
    const problem = problemOf(withToken(entry), files)

    expect(problem.key).toBe(`web.operator.tokens[0].${key}`)
    expect(problem.message).toMatch(message)
    expect(JSON.stringify(problem)).not.toMatch(/hunter2|12345678/)
  })

  it.each([
    [{ url: 'ssh://git@h/r', user: 'x', password: '${TOKEN}' }, ['user', 'password']],
    [{ url: 'https://h/r', user: 'x' }, ['passwordFile']],
    [{ url: 'https://h/r', password: '${TOKEN}' }, ['user']],
  ])('of a repository need a user and https: %j', (repository, keys) => {
    const problems = problemsOf(changedConfig({ 'projects.0.upstream': repository }))

    expect(problems.map(({ key }) => key)).toEqual(keys.map((key) => `projects[0].upstream.${key}`))
  })
})

describe('an IMAP source', () => {
  const server = { host: 'imap.example.org', user: 'list', passwordFile: 'pw' }
  const files = { '/etc/patchferry/pw': 'hunter2-hunter2\n' }

  function withImap(changes: Readonly<Record<string, unknown>>): string {
    return changedConfig({ 'lists.0.sources': [{ imap: { ...server, ...changes } }] })
  }

  it('is TLS on port 993 and keeps its mail unless something else is said', () => {
    const config = parse(withImap({}), files)
    const [source] = config.sources

    expect(source).toMatchObject({
      name: 'devel-imap',
      kind: 'imap',
      imap: {
        port: 993,
        security: 'tls',
        fingerprint: null,
        folders: ['INBOX'],
        afterImport: { kind: 'keep' },
      },
    })
    expect(inspect(source, { depth: 9 })).not.toContain('hunter2')
    expect(config.secrets()).toContain('hunter2-hunter2')
  })

  it.each([
    [{ security: 'starttls' }, { port: 143 }],
    [{ security: 'plain', host: '127.0.0.1' }, { security: 'plain' }],
    [{ afterImport: 'flag' }, { afterImport: { kind: 'flag', flag: '\\Seen' } }],
    [{ afterImport: 'move', moveTo: 'done' }, { afterImport: { kind: 'move', folder: 'done' } }],
    [
      { passwordFile: undefined, passwordCommand: ['pass', 'show', 'x'] },
      { credential: { kind: 'password-command', argv: ['pass', 'show', 'x'] } },
    ],
    [
      { passwordFile: undefined, tokenCommand: ['token'] },
      { credential: { kind: 'token-command', argv: ['token'] } },
    ],
    [
      { passwordFile: undefined, tokenFile: './token' },
      { credential: { kind: 'token-file', path: expect.stringMatching(/^\/.*\/token$/) } },
    ],
  ])('understands %j', (changes, expected) => {
    const [source] = parse(withImap(changes), files).sources

    expect(source?.kind === 'imap' && source.imap).toMatchObject(expected)
  })

  it.each([
    [{ passwordFile: undefined }, 'passwordFile', /is missing/],
    [{ password: '${TOKEN}' }, 'passwordFile', /beside `password`/],
    [{ passwordCommand: ['pass'] }, 'passwordCommand', /second secret/],
    [{ security: 'plain' }, 'security', /in clear/],
    [{ fingerprint: 'ab:cd' }, 'fingerprint', /no SHA-256/],
    [{ afterImport: 'move' }, 'afterImport', /where to/],
    [{ afterImport: 'move', moveTo: 'INBOX' }, 'moveTo', /is read too/],
    [{ flag: '\\Seen' }, 'flag', /no effect/],
    [{ folders: [] }, 'folders', /at least one/],
  ])('with %j is refused at %s', (changes, key, message) => {
    const problem = problemOf(withImap(changes), files)

    expect(problem.key).toBe(`lists[0].sources[0].imap.${key}`)
    expect(problem.message).toMatch(message)
  })
})

describe('loadConfig', () => {
  it('reads a file and the secrets beside it', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'patchferry-config-'))
    const file = path.join(folder, 'patchferry.yml')
    await writeFile(path.join(folder, 'jane'), `${token}\n`)
    await writeFile(
      file,
      changedConfig({ 'web.operator.tokens': [{ name: 'jane', tokenFile: './jane' }] }),
    )

    const config = await loadConfig(file, {})
    await rm(folder, { recursive: true })

    expect(config.stateDirectory).toBe(path.join(folder, 'state'))
    expect(config.web.operator.tokens[0]?.token.reveal()).toBe(token)
  })

  it.each([
    ['/nonexistent/patchferry.yml', 'CONFIG_MISSING'],
    [tmpdir(), 'CONFIG_UNREADABLE'],
  ])('says of %s: %s', async (file, code) => {
    await expect(loadConfig(file, {})).rejects.toMatchObject({ code, retry: 'after-human' })
  })
})

describe('a source', () => {
  it.each([
    [{ maildir: './in' }, 'maildir', '/etc/patchferry/in'],
    [{ mbox: './in.mbox' }, 'mbox', '/etc/patchferry/in.mbox'],
    [{ folder: './in' }, 'folder', '/etc/patchferry/in'],
    [{ publicInbox: './in' }, 'public-inbox', '/etc/patchferry/in'],
    [{ publicInbox: 'https://lists.example.org/x' }, 'public-inbox', 'https://lists.example.org/x'],
  ])('reads the source %j', (source, kind, place) => {
    const config = parse(changedConfig({ 'lists.0.sources': [source] }))

    expect(config.sources).toMatchObject([{ kind, path: place, name: `devel-${kind}` }])
  })
})

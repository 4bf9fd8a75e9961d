import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { listAddress } from '../../src/app/demo/mails.ts'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { gitText } from '../../src/git/cli/run-git.ts'
import { demoWorlds, mailOf } from '../support/demo-world.ts'
import { openFakeGithub } from '../support/fake-github/open-fake-github.ts'
import { dovecotHere } from '../support/imap-source.ts'
import { reasonToSkip } from '../support/programs.ts'
import { type Ended, runHere } from '../support/run-patchferry.ts'
import { openSink } from '../support/smtp-sink.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const worlds = demoWorlds()

function recently(mail: string): string {
  const date = new Date(Date.now() - 3_600_000).toUTCString().replace('GMT', '+0000')
  return mail.replace(/^Date: .*$/m, `Date: ${date}`)
}

function maildir(folder: string, ...mails: readonly string[]): string {
  for (const part of ['new', 'cur', 'tmp']) {
    mkdirSync(path.join(folder, part), { recursive: true })
  }
  for (const [index, mail] of mails.entries()) {
    writeFileSync(path.join(folder, 'new', `${index}.host`), mail)
  }
  return folder
}

function patchOf(world: DemoWorld): string {
  return recently(mailOf(world, 'usage-1@contributor.example'))
}

async function answer(cwd: string, lines: readonly string[], ...args: string[]): Promise<Ended> {
  return runHere(['init', ...args], { cwd, isInteractive: true, stdin: `${lines.join('\n')}\n` })
}

const plainEnd = ['main', '', 'bot@example.org', './outgoing', '', '', '', '', '']

describe('patchferry init, asked', () => {
  it('refuses each wrong answer at once, takes the right one, and shows what would come of it', async () => {
    const world = worlds.shared()
    const cwd = temporaryFolder()
    const sink = await openSink()
    onTestFinished(sink.close)
    const inbox = maildir(path.join(cwd, 'inbox'), patchOf(world))
    const elsewhere = patchOf(world)
      .replaceAll('hello-devel', 'other')
      .replaceAll('lists.', 'more.')
    const other = maildir(path.join(cwd, 'elsewhere'), elsewhere)
    writeFileSync(path.join(other, 'cur', 'stray:2,S'), 'Subject: of no date\n\nHi\n')
    const upstream = path.join(world.directory, 'upstream.git')
    const mirror = path.join(cwd, 'mirror.git')
    cpSync(world.mirror, mirror, { recursive: true })
    const published = 'refs/heads/main:refs/series/0123456789ab/v1-1'
    await gitText(['fetch', '--quiet', upstream, published], { gitDir: mirror })

    const end = await answer(cwd, [
      'not an address',
      listAddress,
      './nowhere.mbox',
      other,
      'imaps://me:secret@mail.example.org/INBOX',
      'imaps://mail.example.org/INBOX',
      inbox,
      'no id at all',
      '',
      'hello world',
      '<',
      '',
      'hello',
      `${upstream}-not`,
      upstream,
      mirror,
      'gitlab',
      'plain',
      'no-such-branch',
      'main',
      'sh test.sh',
      'chroot',
      'none',
      'bot',
      'bot@example.org',
      'smtp://me:secret@127.0.0.1',
      'smtp://127.0.0.1:1?security=none',
      `smtp://127.0.0.1:${sink.options.port}?security=none`,
      'everybody',
      'author',
      '',
      '',
      'Jane',
      'Jane Doe <jane@example.org>',
      'ops',
      'ops@example.org',
      'yes',
    ])

    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    const refusals = end.stdout.split('\n').filter((line) => line.startsWith('WRONG'))
    const about = [
      /Address of the mailing list: /,
      /source hello-devel-mbox: .*nowhere\.mbox does not exist/,
      /mails: 0 of the 1 mails .* went to/,
      /Where its mail arrives: imaps:.* has a password in it/,
      /Where its mail arrives: imaps:.* names no user/,
      /List-Id: /,
      /Name of the project: /,
      /upstream/,
      /What the mirror is: gitlab: is none of/,
      /base branches: .* has no refs\/heads\/no-such-branch/,
      /How tests are kept apart: /,
      /Address that reports come from: /,
      /How reports leave: smtp:.* has a password in it/,
      /delivery: 127\.0\.0\.1:1: /,
      /Who hears of success: /,
      /Maintainers: /,
      /Who is written to when the service needs a person: /,
    ]
    expect(refusals).toHaveLength(about.length)
    for (const [index, pattern] of about.entries()) {
      expect(refusals[index]).toMatch(pattern)
    }
    expect(end.stdout).toMatch(/^warning .*1 mail in .*elsewhere\/cur was not put there/m)
    expect(end.stdout).toMatch(
      /^warning +mirror: .*mirror\.git carries \d+ published series already/m,
    )
    expect(end.stdout).not.toContain('secret')
    const config = await loadConfig(path.join(cwd, 'patchferry.yml'), {})
    expect(config).toMatchObject({
      bot: { address: 'bot@example.org' },
      watch: { address: 'ops@example.org' },
      lists: [{ address: listAddress, listId: 'hello-devel.lists.example.org' }],
      delivery: { way: { kind: 'smtp', security: 'none', login: null } },
      projects: [{ name: 'hello', branches: ['refs/heads/main'], reports: { isDryRun: true } }],
    })
    expect(end.stdout).toMatch(/^published .*\n +base [0-9a-f]{12} on main/m)
    expect(end.stdout).toContain('Nothing was pushed or sent.')
    expect(sink.mails).toEqual([])
    expect(statSync(path.join(cwd, 'state')).mode & 0o777).toBe(0o700)
  }, 60_000)

  it('writes nothing when it is not agreed to, when answers end, and when it is stopped', async () => {
    const cwd = temporaryFolder()
    const made = ['./mirror.git', 'yes']
    const lines = ['devel@example.org', './inbox', '', 'hello', '', ...made, '', ...plainEnd]
    const mistyped = lines.toSpliced(1, 0, './inbx', '<')
    const no = await answer(cwd, [...mistyped, 'nein', 'no'])
    expect(no).toMatchObject({ exitCode: 1 })
    expect(no.stdout).toMatch(/Make \.\/inbx\? \[no\]: /)
    expect(no.stdout).toContain('Please answer yes or no. Write')
    expect(no.stdout).toContain('Nothing was written.')

    const ended = await answer(cwd, lines.slice(0, 4))
    expect(ended).toMatchObject({ exitCode: 2 })
    expect(ended.stderr).toContain('CLI_ANSWER_MISSING: the answers ended')

    const stop = new AbortController()
    stop.abort()
    const stopped = await runHere(['init'], { cwd, isInteractive: true, draining: stop.signal })
    expect(stopped).toMatchObject({ exitCode: 75 })
    expect(readdirSync(cwd)).toEqual([])
  }, 30_000)

  it('asks before it writes over a configuration, and keeps the old one', async () => {
    const cwd = temporaryFolder()
    const file = path.join(cwd, 'patchferry.yml')
    writeFileSync(file, 'mine')
    expect(await answer(cwd, [''])).toMatchObject({ exitCode: 1 })
    expect(readFileSync(file, 'utf8')).toBe('mine')

    const lines = ['yes', 'devel@example.org', '', '', '', '', '', '', '', ...plainEnd, 'yes']
    const end = await answer(cwd, lines, '--no-dry-run')
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(readFileSync(`${file}.old`, 'utf8')).toBe('mine')
    await loadConfig(file, {})
    expect(readdirSync(cwd).toSorted()).toEqual([
      'inbox',
      'mirror.git',
      'operator-token',
      'outgoing',
      'patchferry.yml',
      'patchferry.yml.old',
    ])
  }, 30_000)

  it('tries account and fork on a forge, and keeps a typed token in a file', async () => {
    const cwd = temporaryFolder()
    const github = await openFakeGithub({ placement: 'fork', auth: 'token' })
    onTestFinished(() => github.close())
    const { mirror, heads, url } = github
    const end = await answer(
      cwd,
      [
        'devel@example.org',
        '',
        '',
        'hello',
        '',
        `${url}/${mirror.owner}/${mirror.name}.git`,
        'github',
        'not-the-token',
        github.token,
        'agit',
        'fork',
        `${url}/${mirror.owner}/nothing.git`,
        `${url}/${heads.owner}/${heads.name}.git`,
        ...plainEnd,
        'yes',
      ],
      '--no-dry-run',
    )
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.stdout).toMatch(/^WRONG .*forge: account/m)
    expect(end.stdout).toMatch(/^WRONG .*live: agit: is not known to GitHub/m)
    expect(end.stdout).toMatch(/^WRONG .*forge: fork/m)
    expect(end.stdout).toMatch(/^ok .*forge: fork/m)
    expect(end.stdout).toMatch(/^warning .*CI: main: there is no workflow/m)
    const token = path.join(cwd, 'secrets/forge')
    expect(readFileSync(token, 'utf8').trim()).toBe(github.token)
    expect(statSync(token).mode & 0o777).toBe(0o600)
    const text = readFileSync(path.join(cwd, 'patchferry.yml'), 'utf8')
    expect(`${text}${end.stdout}`).not.toContain(github.token)
    expect(text).toContain('placement: fork')
  }, 60_000)
})

const withoutDovecot = reasonToSkip('dovecot', ['--version'])

describe.skipIf(withoutDovecot !== null)(`with a mailbox ${withoutDovecot ?? ''}`, () => {
  const dovecot = dovecotHere()

  it('tries login and folders, and finds the List-Id in the mail', async () => {
    const cwd = temporaryFolder()
    const box = dovecot().newUser()
    box.deliver(patchOf(worlds.shared()))
    const at = `imap://${box.user}@127.0.0.1:${dovecot().port}`
    const end = await answer(
      cwd,
      [
        listAddress,
        `${at}/nowhere?security=plain`,
        dovecot().password,
        '<',
        `${at}/INBOX?security=plain`,
        'hunter2-is-wrong',
        dovecot().password,
        '',
        'hello',
        '',
        '',
        '',
        '',
        ...plainEnd,
        'yes',
      ],
      '--no-dry-run',
    )
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.stdout).toMatch(
      /^WRONG .*does not open nowhere\n +Correct `folders`; there are INBOX/m,
    )
    expect(end.stdout).toMatch(/^WRONG .*refuses the login/m)
    expect(end.stdout).toMatch(/^ok .*1 of the 1 mails of the last 30 days went to/m)
    expect(end.stdout).not.toMatch(/hunter2|for the tests/)
    const secret = path.join(cwd, 'secrets/source')
    expect(statSync(secret).mode & 0o777).toBe(0o600)
    const config = await loadConfig(path.join(cwd, 'patchferry.yml'), {})
    expect(config.lists[0]?.listId).toBe('hello-devel.lists.example.org')
    expect(config.sources[0]).toMatchObject({ kind: 'imap', imap: { folders: ['INBOX'] } })
  }, 60_000)
})

describe('patchferry init, told', () => {
  const given = '--yes --list devel@example.org --bot bot@example.org'.split(' ')

  it.each([
    [['--source', './nowhere.mbox'], /--source: .*does not exist/],
    [['--list', 'devel'], /--list: is no mail address/],
    [['--test', 'true', '--isolation', 'chroot'], /--isolation: /],
    [
      ['--source', 'imaps://a@b', '--source-login', 'hunter2'],
      /--source-login: .*on the command line/,
    ],
    [['--delivery', 'smtp://127.0.0.1:1?security=none'], /--delivery: .*127\.0\.0\.1:1/],
    [['--delivery', '/etc/passwd'], /--delivery: .*\/etc\/passwd is no folder/],
    [['--mirror', 'http://127.0.0.1:1/m.git'], /^patchferry: CLI_ANSWER_WRONG: --mirror: /m],
    [['--source', '/etc/passwd/inbox'], /--source: .*\/etc\/passwd is no folder/],
  ])('writes nothing where %j is wrong', async (args, said) => {
    const cwd = temporaryFolder()
    const end = await runHere(['init', ...given, ...args], { cwd })
    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toContain('CLI_ANSWER_WRONG')
    expect(end.stderr).toMatch(said)
    expect(end.stderr).not.toContain('hunter2')
    expect(readdirSync(cwd)).toEqual([])
  })

  it('blames a server whose certificate nobody vouches for, and not the login', async () => {
    const sink = await openSink({ disabledCommands: [] })
    onTestFinished(sink.close)
    const cwd = temporaryFolder()
    writeFileSync(path.join(cwd, 'password'), 'a pass word\n')
    const delivery = ['--delivery', `smtp://bot@127.0.0.1:${sink.options.port}`]
    const login = ['--delivery-login', 'file:./password']
    const end = await runHere(['init', ...given, ...delivery, ...login], { cwd })
    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toMatch(/--delivery: .* its SHA-256 fingerprint is .*\n.*\?fingerprint=/)
    expect(readdirSync(cwd)).toEqual(['password'])
  })

  it('warns of what it takes all the same', async () => {
    const cwd = temporaryFolder()
    const test = ['--test', 'no-such-program-xyz a', '--isolation', 'none']
    const end = await runHere(['init', ...given, ...test, '--no-dry-run'], { cwd })
    expect(end).toMatchObject({ exitCode: 0 })
    expect(end.stderr).toMatch(/^- .* source: .*inbox is not there yet/m)
    expect(end.stderr).toMatch(/^warning .*base branches: there is no main yet/m)
    expect(end.stderr).toMatch(/^warning .*there is no program no-such-program-xyz/m)
    const again = await runHere(['init', ...given], { cwd })
    expect(again).toMatchObject({ exitCode: 2 })
    expect(again.stderr).toMatch(/CLI_FILE_EXISTS.*\n +Give --force/)
  })

  it('takes commands and files for secrets, and tries nothing with --no-check', async () => {
    const cwd = temporaryFolder()
    const more = ['--no-check', '--no-dry-run', '--source', 'imaps://a@b.example/x,y']
    const login = ['--source-login', 'command:pass show imap', '--delivery', 'smtps://a@b.example']
    const smtp = ['--delivery-login', 'command:pass show smtp']
    const end = await runHere(['init', ...given, ...more, ...login, ...smtp], { cwd })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    const config = await loadConfig(path.join(cwd, 'patchferry.yml'), {})
    const credential = { kind: 'password-command', argv: ['pass', 'show', 'imap'] }
    expect(config.sources[0]).toMatchObject({ imap: { folders: ['x', 'y'], credential } })
    expect(config.delivery.way).toMatchObject({ security: 'tls', login: { user: 'a' } })
  })
})

import { appendFileSync, chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Application } from '../../../src/core/apply/application.ts'
import type { Sha } from '../../../src/core/ids.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import type { ApplyRequest } from '../../../src/git/git-engine.ts'
import { readAsGit } from '../../../src/mail/parse/read-as-git.ts'
import { gitAm } from '../../support/git-am.ts'
import { toPatchMails } from '../../support/patch-mails.ts'
import { latin1, withBody, withHeaders } from '../../support/rewrite-mail.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const committer = { name: 'Patchferry', address: 'patchferry@localhost' }
const text = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join('')

/** Settings each of which changes what a plain `git am` makes of some patch below, or starts a program. */
function hostileConfig(marker: string): string {
  const run = `"sh -c 'touch ${marker}'"`
  return `
[user]
	name = Somebody Else
	email = else@example.org
[am]
	threeWay = false
	keepcr = true
	messageid = true
[mailinfo]
	scissors = true
[apply]
	whitespace = fix
	ignoreWhitespace = change
[commit]
	gpgsign = true
	cleanup = scissors
[gpg]
	program = ${run}
[core]
	autocrlf = true
	eol = crlf
	safecrlf = true
	whitespace = -blank-at-eol
	fsmonitor = ${run}
	editor = ${run}
	pager = ${run}
	sshCommand = ${run}
	attributesFile = ${path.dirname(marker)}/attributes
	commentChar = l
	ignoreCase = true
	symlinks = false
	fileMode = false
[diff]
	external = ${run}
	noprefix = true
	renames = false
	algorithm = patience
	context = 0
	interHunkContext = 9
	orderFile = /dev/null
[diff "own"]
	textconv = ${run}
	command = ${run}
[merge]
	conflictStyle = diff3
	renames = false
	default = union
	renormalize = true
	directoryRenames = true
[merge "own"]
	driver = ${run}
[merge "union"]
	driver = ${run}
[filter "own"]
	clean = ${run}
	smudge = ${run}
	required = true
[i18n]
	commitEncoding = ISO-8859-1
	logOutputEncoding = ISO-8859-1
[rerere]
	enabled = true
	autoUpdate = true
[credential]
	helper = ${run}
[trailer]
	separators = "#"
[log]
	showSignature = true
[notes]
	displayRef = *
[color]
	ui = always
[format]
	pretty = oneline
`
}

const hooks = [
  'applypatch-msg',
  'pre-applypatch',
  'post-applypatch',
  'commit-msg',
  'prepare-commit-msg',
  'pre-commit',
  'post-commit',
  'post-checkout',
  'post-index-change',
  'reference-transaction',
  'pre-auto-gc',
  'post-rewrite',
  'fsmonitor-watchman',
]

function poison(repo: TestRepo, marker: string): void {
  const home = path.dirname(marker)
  const config = hostileConfig(marker)
  mkdirSync(path.join(home, 'git'))
  writeFileSync(path.join(home, '.gitconfig'), config)
  writeFileSync(path.join(home, 'git/config'), config)
  writeFileSync(path.join(home, 'git/attributes'), '* filter=own merge=own diff=own eol=crlf\n')
  writeFileSync(path.join(home, 'attributes'), '* filter=own merge=own diff=own eol=crlf\n')
  appendFileSync(path.join(repo.gitDir, 'config'), config)
  writeFileSync(path.join(repo.gitDir, 'info/attributes'), '* filter=own merge=own diff=own\n')
  writeFileSync(path.join(repo.gitDir, 'info/exclude'), '*\n')
  for (const hook of hooks) {
    const file = path.join(repo.gitDir, 'hooks', hook)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, `#!/bin/sh\ntouch ${marker}\nexit 1\n`)
    chmodSync(file, 0o755)
  }
  vi.stubEnv('HOME', home)
  vi.stubEnv('XDG_CONFIG_HOME', home)
  vi.stubEnv('TZ', 'Asia/Kolkata')
  vi.stubEnv('LC_ALL', 'de_DE.UTF-8')
  vi.stubEnv('LANG', 'ja_JP.eucJP')
  vi.stubEnv('GIT_CONFIG_GLOBAL', path.join(home, '.gitconfig'))
  vi.stubEnv('GIT_CONFIG_SYSTEM', path.join(home, '.gitconfig'))
  vi.stubEnv('GIT_CONFIG_PARAMETERS', "'am.keepcr=true' 'core.autocrlf=true'")
  vi.stubEnv('GIT_DIR', '/nowhere')
  vi.stubEnv('GIT_WORK_TREE', '/nowhere')
  vi.stubEnv('GIT_INDEX_FILE', '/nowhere/index')
  vi.stubEnv('GIT_AUTHOR_NAME', 'Somebody Else')
  vi.stubEnv('GIT_AUTHOR_DATE', '2001-01-01T00:00:00Z')
  vi.stubEnv('GIT_COMMITTER_DATE', '2001-01-01T00:00:00Z')
  vi.stubEnv('GIT_EXTERNAL_DIFF', `touch ${marker}`)
  vi.stubEnv('GIT_SSH_COMMAND', `touch ${marker};`)
  vi.stubEnv('GIT_DEFAULT_HASH', 'sha256')
  vi.stubEnv('EDITOR', `touch ${marker};`)
}

/** A series in which each of the settings above would show. */
function tellingSeries(repo: TestRepo): ApplyRequest {
  const start = repo.commit({
    files: {
      a: text,
      'd/b': text,
      crlf: text,
      '.gitattributes': 'd/* merge=own diff=own filter=own\n',
    },
  })
  repo.commit({
    files: { a: text.replace('line 15\n', 'line XV  \t\n') },
    message: 'Gr\u00fc\u00dfe\n\nli\u00dft\nl-line',
  })
  repo.commit({ files: { 'd/b': text.replace('line 15\n', 'line XV\n'), l: { link: 'a' } } })
  repo.commit({ files: { crlf: `${text}more\n`, run: { executable: 'x\n' } } })
  const mails = repo.formatPatch(`${start}..HEAD`).map((mail, index) => {
    const scissors = withBody((body) => `before\n\n-- >8 --\nSubject: other\n\n${body}`)(mail)
    return (
      [latin1(mail), scissors, withHeaders({ 'Message-ID': '<x@example.org>' })(mail)][index] ??
      mail
    )
  })
  repo.git('checkout', '-q', '-f', '-B', 'meanwhile', start)
  const base = repo.commit({
    files: { a: text.replace('line 13\n', 'line XIII\n'), 'd/b': null, 'e/b': `first\n${text}` },
  })
  return { base, patches: toPatchMails(mails), committer, skipMerged: true }
}

async function applyTo(repo: TestRepo, request: ApplyRequest): Promise<Application> {
  const engine = await openGitEngine(repo.gitDir, {
    tempDirectory: temporaryFolder(),
    readMail: readAsGit,
  })
  try {
    return await engine.apply(request, signal)
  } finally {
    await engine.close()
  }
}

describe('commits', () => {
  it('are the same under any configuration, hooks, home, zone and language, and nothing runs', async () => {
    const repo = makeTestRepo()
    onTestFinished(() => repo.remove())
    const request = tellingSeries(repo)
    const plain = await applyTo(repo, request)
    const marker = path.join(temporaryFolder(), 'marker')
    poison(repo, marker)
    const poisoned = await applyTo(repo, request)

    expect(plain).toMatchObject({ outcome: 'applied', commits: [{}, {}, {}] })
    expect(poisoned).toEqual(plain)
    expect(existsSync(marker)).toBe(false)
    // The poison works: git itself is stopped by the hooks, and without them makes something else of it.
    const mails = request.patches.map(({ raw }) => raw)
    function judge(): Sha | null {
      return gitAm(repo.gitDir, request.base, mails, committer)
    }
    expect(judge).toThrow('aborted by hook')
    expect(existsSync(marker)).toBe(true)
    rmSync(path.join(repo.gitDir, 'hooks'), { recursive: true })
    expect(judge()).not.toBe(plain.outcome === 'applied' ? plain.head : null)
  })

  it('do not see replacements and grafts', async () => {
    const repo = makeTestRepo()
    onTestFinished(() => repo.remove())
    const request = tellingSeries(repo)
    const plain = await applyTo(repo, request)
    const other = repo.gitWith({ input: 'other\n' }, 'hash-object', '-w', '--stdin')
    repo.git('replace', repo.sha(`${request.base}:a`), other)
    mkdirSync(path.join(repo.gitDir, 'info'), { recursive: true })
    writeFileSync(path.join(repo.gitDir, 'info/grafts'), `${request.base}\n`)

    expect(await applyTo(repo, request)).toEqual(plain)
  })

  it('are the same in a shallow repository', async () => {
    const repo = makeTestRepo()
    onTestFinished(() => repo.remove())
    repo.commit({ files: { old: 'x\n' } })
    const request = tellingSeries(repo)
    const plain = await applyTo(repo, request)
    const shallow = makeTestRepo()
    onTestFinished(() => shallow.remove())
    shallow.git(
      'fetch',
      '-q',
      '--depth=1',
      `file://${repo.gitDir}`,
      'refs/heads/meanwhile:refs/heads/x',
    )

    expect(await applyTo(shallow, request)).toEqual(plain)
  })

  it('are made in a sha256 repository', async () => {
    vi.stubEnv('GIT_DEFAULT_HASH', 'sha256')
    const repo = makeTestRepo()
    onTestFinished(() => repo.remove())
    repo.git('init', '-q')
    const applied = await applyTo(repo, tellingSeries(repo))

    expect(applied).toMatchObject({ outcome: 'applied' })
  })

  it.each([
    ['no Date', null, [], 0],
    [
      'no Date, two Received',
      null,
      ['Mon, 15 Jan 2024 10:20:30 +0100', 'Mon, 15 Jan 2024 08:00:00 +0000'],
      1705305600,
    ],
    ['an unusable Date', 'yesterday', ['Mon, 15 Jan 2024 08:00:00 +0000 (UTC)'], 1705305600],
    ['an unusable Date and no Received', 'Thu, 32 Foo 2024', [], 0],
    ['a Date before the epoch', 'Thu, 01 Jan 1959 00:00:00 +0000', [], 0],
    ['a Date whose meaning depends on today', '03/04/30 10:00', [], 0],
  ])('have a date that comes from the mail: %s', async (_, date, received, expected) => {
    const repo = makeTestRepo()
    onTestFinished(() => repo.remove())
    const base = repo.commit({ files: { a: text } })
    repo.commit({ files: { a: `${text}more\n` } })
    const hops = received.map((at) => `Received: from a by b\n\twith SMTP; ${at}\n`).join('')
    const mails = repo
      .formatPatch(`${base}..HEAD`)
      .map(withHeaders({ Date: date }))
      .map((mail) => Buffer.concat([Buffer.from(hops), mail]))
    const request = { base, patches: toPatchMails(mails), committer, skipMerged: false }
    const applied = await applyTo(repo, request)

    const head = applied.outcome === 'applied' ? applied.head : ''
    expect(repo.git('show', '-s', '--format=%at %ct', head)).toBe(`${expected} ${expected}`)
  })
})

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { GitSetting } from '../../src/git/cli/git-environment.ts'
import { parseGitVersion, requireGit } from '../../src/git/cli/git-version.ts'
import { gitText, runGit } from '../../src/git/cli/run-git.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'patchferry-run-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A git command that starts a grandchild, which writes its process id and then hangs. */
function hanging(pidFile: string): GitSetting {
  return [
    'alias.hang',
    `!sh -c 'sh -c "echo \\$\\$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 600"; true'`,
  ]
}

describe('running git', () => {
  it('gives exit status, output and errors of a call that fails', async () => {
    const output = await runGit(['rev-parse', '--verify', 'HEAD'], { cwd: folder })

    expect(output.exitCode).toBe(128)
    expect(output.stdout).toHaveLength(0)
    expect(output.stderr).toContain('not a git repository')
  })

  it('hands bytes through unchanged', async () => {
    const input = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)
    await gitText(['init', '-q', '--bare', folder])
    const sha = await gitText(['hash-object', '-w', '--stdin'], { gitDir: folder, input })
    const { stdout } = await runGit(['cat-file', 'blob', sha.trim()], { gitDir: folder })

    expect(Buffer.compare(stdout, input)).toBe(0)
  })

  it('takes its input in pieces, and what goes wrong with them for its own fault', async () => {
    await gitText(['init', '-q', '--bare', folder])
    async function* pieces(last: () => Uint8Array): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(200_000, 'a')
      yield last()
    }
    const hash = ['hash-object', '--stdin']
    const whole = Buffer.concat([Buffer.alloc(200_000, 'a'), Buffer.from('b')])

    expect(await gitText(hash, { gitDir: folder, input: pieces(() => Buffer.from('b')) })).toBe(
      await gitText(hash, { gitDir: folder, input: whole }),
    )
    const broken = pieces(() => {
      throw new Error('unreadable')
    })
    await expect(runGit(hash, { gitDir: folder, input: broken })).rejects.toThrow('unreadable')
    const unread = pieces(() => Buffer.alloc(200_000))
    expect((await runGit(['nonsense'], { input: unread })).exitCode).toBe(1)
  })

  it('knows nothing of the user, the system or GIT_* variables around it', async () => {
    writeFileSync(path.join(folder, '.gitconfig'), '[user]\n\tname = Leak\n')
    vi.stubEnv('HOME', folder)
    vi.stubEnv('XDG_CONFIG_HOME', folder)
    vi.stubEnv('GIT_DIR', '/nowhere')
    vi.stubEnv('GIT_CONFIG_GLOBAL', path.join(folder, '.gitconfig'))
    vi.stubEnv('GIT_CONFIG_COUNT', '1')
    vi.stubEnv('GIT_CONFIG_KEY_0', 'user.name')
    vi.stubEnv('GIT_CONFIG_VALUE_0', 'Leak')
    vi.stubEnv('LC_ALL', 'de_DE.UTF-8')

    expect((await runGit(['config', '--get', 'user.name'], { cwd: folder })).exitCode).toBe(1)
    expect(await gitText(['init', '-q', '--bare', '.'], { cwd: folder })).toBe('')
    expect(existsSync(path.join(folder, 'HEAD'))).toBe(true)
  })

  it('passes settings through the environment only', async () => {
    const settings: readonly GitSetting[] = [['http.extraHeader', 'Authorization: Basic c2VjcmV0']]
    const listing = await gitText(['config', '--get', 'http.extraHeader'], { settings })

    expect(listing.trim()).toBe('Authorization: Basic c2VjcmV0')
  })

  it('kills the whole process group when the signal aborts', async () => {
    const pidFile = path.join(folder, 'pid')
    const controller = new AbortController()
    const run = runGit(['hang'], { cwd: folder, settings: [hanging(pidFile)] }, controller.signal)
    await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 5000 })
    controller.abort(new Error('enough'))

    // The grandchild holds standard output open: the call ends only when that one is gone too.
    await expect(run).rejects.toThrow('enough')
  })

  it('starts nothing when the signal has aborted already', async () => {
    const pidFile = path.join(folder, 'pid')
    const call = { cwd: folder, settings: [hanging(pidFile)] }

    await expect(runGit(['hang'], call, AbortSignal.abort(new Error('no')))).rejects.toThrow('no')
    expect(existsSync(pidFile)).toBe(false)
  })

  it('stops a call that takes too long', async () => {
    const call = { cwd: folder, settings: [hanging(path.join(folder, 'pid'))], timeoutMs: 100 }

    await expect(runGit(['hang'], call)).rejects.toMatchObject({ code: 'GIT_TIMED_OUT' })
  })

  it('bounds the output: a fault, or cut where the caller says so', async () => {
    const endless: GitSetting = ['alias.endless', '!yes']
    const call = { cwd: folder, settings: [endless], maxOutputBytes: 1000 }

    await expect(runGit(['endless'], call)).rejects.toMatchObject({ code: 'GIT_OUTPUT_TOO_LARGE' })
    const cut = await runGit(['endless'], { ...call, overflow: 'cut' })
    expect(cut.exitCode).toBe(0)
    expect(cut.stdout).toHaveLength(1000)
  })

  it('says that git is missing, and only then', async () => {
    vi.stubEnv('PATH', folder)
    await expect(requireGit()).rejects.toMatchObject({ code: 'GIT_MISSING' })
    await expect(runGit(['version'], { cwd: path.join(folder, 'gone') })).rejects.toMatchObject({
      code: 'GIT_NOT_STARTED',
    })
  })

  it('says that git is too old', async () => {
    const script = '#!/bin/sh\necho git version 2.31.9\n'
    writeFileSync(path.join(folder, 'git'), script, { mode: 0o755 })
    vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`)

    await expect(requireGit()).rejects.toMatchObject({ code: 'GIT_TOO_OLD' })
  })

  it.each([
    ['git version 2.39.5\n', 2, 39],
    ['git version 2.39.5 (Apple Git-154)\n', 2, 39],
    ['git version 3.0.0-rc1\n', 3, 0],
    ['git version 2.47.GIT\n', 2, 47],
    ['nonsense', 0, 0],
  ])('reads the version of %j', (text, major, minor) => {
    expect(parseGitVersion(text)).toMatchObject({ major, minor })
  })

  it.each([
    ['no repository', ['cat-file', '-t', 'HEAD'], 'GIT_REPOSITORY_MISSING'],
    ['an unknown object', ['cat-file', '-p', 'a'.repeat(40)], 'GIT_OBJECT_MISSING'],
    ['anything else', ['no-such-command'], 'GIT_FAILED'],
  ])('tells the fault of %s by its code', async (name, args, code) => {
    const gitDir = path.join(folder, 'repo.git')
    if (name !== 'no repository') {
      await gitText(['init', '-q', '--bare', gitDir])
    }

    await expect(gitText(args, { gitDir })).rejects.toMatchObject({ code })
  })
})

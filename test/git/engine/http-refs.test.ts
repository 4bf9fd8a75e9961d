import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { requestPrefixes } from '../../../src/git/engine/http-refs.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import type { GitEngine } from '../../../src/git/git-engine.ts'
import { type GitHttp, type GitHttpOptions, serveGit } from '../../support/git-http.ts'
import { type RecordingGit, recordingGit } from '../../support/recording-git.ts'
import { makeTestRepo, type TestRepo, testGitEnvironment } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const secret = 'Basic Ym90OnNlY3JldA=='

describe('the prefixes a server is asked for', () => {
  it('are those that are wanted, each once', () => {
    const wanted = ['refs/heads/a', 'refs/series/', 'refs/heads/a', 'refs/series/x']

    expect(requestPrefixes(wanted, 8)).toEqual(['refs/heads/a', 'refs/series/'])
  })

  it('are, where they would be too many, what those of one folder have in common', () => {
    const mails = Array.from({ length: 40 }, (_, n) => `refs/mail/20240102.1234-${n}-ada@x.org`)
    const wanted = ['refs/heads/series/x', 'refs/series/1a2b/', ...mails]

    expect(requestPrefixes(wanted, 8)).toEqual([
      'refs/heads/series/x',
      'refs/series/1a2b/',
      'refs/mail/20240102.1234-',
    ])
  })

  it('cover all that is wanted, and are few', () => {
    const name = fc
      .array(fc.constantFrom('a', 'b', 'mail', 'x%2f'), { maxLength: 5 })
      .map((parts) => ['refs', ...parts].join('/'))
    fc.assert(
      fc.property(fc.array(name, { maxLength: 60 }), (wanted) => {
        const asked = requestPrefixes(wanted, 8)

        expect(asked.length).toBeLessThanOrEqual(8)
        expect(wanted.filter((each) => !asked.some((one) => each.startsWith(one)))).toEqual([])
      }),
    )
  })
})

describe('listing refs over HTTP', () => {
  let recorder: RecordingGit
  let served: TestRepo
  let server: GitHttp | null
  let folder: string
  let engine: GitEngine
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'patchferry-http-refs-'))
    execFileSync('git', ['init', '-q', '--bare', folder], { env: testGitEnvironment() })
    served = makeTestRepo()
    server = null
    recorder = recordingGit()
    engine = await openGitEngine(folder)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await engine.close()
    await server?.close()
    served.remove()
    recorder.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  async function serve(options: GitHttpOptions = {}): Promise<GitHttp> {
    server = await serveGit(served.gitDir, secret, options)
    return server
  }

  async function list(...prefixes: readonly string[]): Promise<Record<string, string>> {
    const remote = { url: server?.url ?? '', authorization: secret }
    return Object.fromEntries(await engine.remoteRefs(remote, prefixes, signal))
  }

  function populate(): Record<string, string> {
    const tip = served.commit({ files: { a: 'a\n' } })
    served.git('tag', '-a', '-m', 'x', 'v1')
    for (const name of ['heads/gr\u00fcn', 'heads/a/b', 'mail/x%2fy@z', 'mail/%-1', 'other/x']) {
      served.git('update-ref', `refs/${name}`, tip)
    }
    const lines = served.git('for-each-ref', '--format=%(refname) %(objectname)').split('\n')
    return Object.fromEntries(lines.map((line) => line.split(' ')))
  }

  it.each([2, 0] as const)('gives what the server has, by protocol %i', async (protocol) => {
    const all = populate()
    await serve({ protocol })
    vi.stubEnv('PATH', recorder.path)

    expect(await list('refs/')).toEqual(all)
    const mail = Object.entries(all).filter(([ref]) => ref.startsWith('refs/mail/'))
    expect(await list('refs/mail/', 'refs/none/')).toEqual(Object.fromEntries(mail))
    expect(recorder.commands()).toEqual([])
  })

  it.each([2, 0] as const)('finds an empty repository empty, by protocol %i', async (protocol) => {
    await serve({ protocol })

    expect(await list('refs/')).toEqual({})
  })

  it('asks for the refs of many series in one request', async () => {
    const all = populate()
    const mails = Array.from({ length: 150 }, (_, n) => `refs/mail/m-${n}@x`)
    const { asked, sent } = await serve()

    expect(await list('refs/heads/a', ...mails, 'refs/tags/')).toEqual({
      'refs/heads/a/b': all['refs/heads/a/b'],
      'refs/tags/v1': all['refs/tags/v1'],
    })
    expect(asked).toEqual(['/info/refs', '/git-upload-pack'])
    // What was asked for, and nothing else.
    expect(
      Buffer.concat(sent)
        .toString('utf8')
        .match(/refs\/\w+/g),
    ).toEqual(['refs/heads', 'refs/tags'])
  })

  it('leaves a server without the smart protocol to git', async () => {
    const all = populate()
    served.git('update-server-info')
    const { files } = await serve()
    for (const name of ['info/refs', 'HEAD']) {
      files.set(`/${name}`, readFileSync(path.join(served.gitDir, name)))
    }
    vi.stubEnv('PATH', recorder.path)

    expect(await list('refs/')).toEqual(all)
    expect(recorder.commands().map((argv) => argv[1])).toContain('ls-remote')
  })

  it('leaves it to git where a proxy is set', async () => {
    const all = populate()
    await serve()
    vi.stubEnv('PATH', recorder.path)
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1')
    vi.stubEnv('no_proxy', '127.0.0.1')

    expect(await list('refs/')).toEqual(all)
    expect(recorder.commands().map((argv) => argv[1])).toContain('ls-remote')
  })

  it('leaves names of SHA-256 to git', async () => {
    const place = path.join(folder, 'other')
    mkdirSync(place)
    function git(...args: readonly string[]): string {
      return execFileSync('git', args, { cwd: place, env: testGitEnvironment(), encoding: 'utf8' })
    }
    git('init', '-q', '-b', 'main', '--object-format=sha256', '.')
    git('commit', '-q', '--allow-empty', '-m', 'x')
    server = await serveGit(path.join(place, '.git'), secret)
    const other = await openGitEngine(place)
    try {
      const remote = { url: server.url, authorization: secret }
      const refs = await other.remoteRefs(remote, ['refs/'], signal)

      expect([...refs]).toEqual([['refs/heads/main', git('rev-parse', 'HEAD').trim()]])
    } finally {
      await other.close()
    }
  })

  it('takes no list for whole that was cut off', async () => {
    populate()
    const { files } = await serve()
    const line = `${served.sha('HEAD')} refs/heads/main\n`
    const packet = `${(line.length + 4).toString(16).padStart(4, '0')}${line}`
    files.set('/git-upload-pack', Buffer.from(packet))

    await expect(list('refs/')).rejects.toMatchObject({ code: 'GIT_FAILED' })
  })

  it('stops when the signal aborts', async () => {
    const controller = new AbortController()
    await serve({ onRequest: () => controller.abort(new Error('enough')) })
    const remote = { url: server?.url ?? '', authorization: secret }

    await expect(engine.remoteRefs(remote, ['refs/'], controller.signal)).rejects.toThrow('enough')
  })
})

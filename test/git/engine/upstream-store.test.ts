import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RefName } from '../../../src/core/ids.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { createRepository } from '../../../src/git/engine/repository.ts'
import { openUpstreamStores, type UpstreamStores } from '../../../src/git/engine/upstream-store.ts'
import type { GitEngine, Remote } from '../../../src/git/git-engine.ts'
import { readAsGit } from '../../../src/mail/parse/read-as-git.ts'
import { type GitHttp, serveGit } from '../../support/git-http.ts'
import { toPatchMails } from '../../support/patch-mails.ts'
import { type RecordingGit, recordingGit } from '../../support/recording-git.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const committer = { name: 'Patchferry', address: 'patchferry@localhost' }
const secret = 'Basic Ym90OnNlY3JldA=='
const main = 'refs/heads/main' as RefName
const pairs = [{ from: main, to: main }]

describe('projects of one upstream', () => {
  let folder: string
  let served: TestRepo
  let server: GitHttp
  let recorder: RecordingGit
  let stores: UpstreamStores
  let remote: Remote
  const opened: GitEngine[] = []
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'patchferry-stores-'))
    served = makeTestRepo()
    served.commit({ files: { a: 'a\n', b: 'b\n' } })
    server = await serveGit(served.gitDir, secret)
    remote = { url: server.url, authorization: secret }
    recorder = recordingGit()
    vi.stubEnv('PATH', recorder.path)
    stores = openUpstreamStores(path.join(folder, 'upstreams'))
  })
  afterEach(async () => {
    await close()
    vi.unstubAllEnvs()
    await server.close()
    recorder.remove()
    served.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  async function close(): Promise<void> {
    for (const engine of opened.splice(0)) {
      await engine.close()
    }
    await stores.close()
  }

  function place(name: string): string {
    return path.join(folder, 'repositories', `${name}.git`)
  }

  async function openProject(name: string): Promise<GitEngine> {
    await createRepository(place(name))
    const upstream = await stores.open(remote.url, place(name))
    const engine = await openGitEngine(place(name), { readMail: readAsGit, upstream })
    opened.push(engine)
    return engine
  }

  function gitIn(gitDir: string, ...args: readonly string[]): string {
    return served.gitWith({ env: { GIT_DIR: gitDir } }, ...args)
  }

  function storeDir(): string {
    const [name = ''] = readdirSync(path.join(folder, 'upstreams'))
    return path.join(folder, 'upstreams', name)
  }

  /** Objects that lie in the repository itself. */
  function countOwn(gitDir: string): number {
    const lines = gitIn(gitDir, 'count-objects', '-v').split('\n')
    const counts = new Map(lines.map((line) => line.split(': ') as [string, string]))
    return Number(counts.get('count')) + Number(counts.get('in-pack'))
  }

  function fetches(): number {
    return recorder.commands().filter(([name, command]) => name === 'git' && command === 'fetch')
      .length
  }

  it('have one copy of its objects, and refs of their own', async () => {
    const [one, two] = [await openProject('one'), await openProject('two')]
    await one.fetch(remote, pairs, signal)
    const before = served.sha('HEAD')
    served.commit({ files: { c: 'c\n' } })
    await two.fetch(remote, pairs, signal)

    expect(await one.resolve(main)).toBe(before)
    expect(await two.resolve(main)).toBe(served.sha('HEAD'))
    expect([countOwn(place('one')), countOwn(place('two'))]).toEqual([0, 0])
    expect(readdirSync(path.join(folder, 'upstreams'))).toHaveLength(1)
    expect(readFileSync(path.join(storeDir(), 'description'), 'utf8')).toBe(`${server.url}\n`)
    expect(await two.readText(`${served.sha('HEAD')}:c`, 100)).toBe('c\n')
  })

  it('fetch once when they ask at the same time, and again when they ask later', async () => {
    const engines = [await openProject('one'), await openProject('two')]
    recorder.forget()
    const calls = engines.flatMap((engine) =>
      Array.from({ length: 4 }, async () => engine.fetch(remote, pairs, signal)),
    )
    await Promise.all(calls)
    expect(fetches()).toBe(1)

    served.commit({ files: { c: 'c\n' } })
    await engines[0]?.fetch(remote, pairs, signal)
    expect(fetches()).toBe(2)
    expect(await engines[0]?.resolve(main)).toBe(served.sha('HEAD'))
  })

  it('apply, fetch and repack at the same time without a lock in the way', async () => {
    const base = served.sha('HEAD')
    served.commit({ files: { a: 'a\nmore\n' } })
    const patches = toPatchMails(served.formatPatch(`${base}..HEAD`))
    const engines = await Promise.all(['one', 'two', 'three'].map(openProject))
    const request = { base, patches, committer, skipMerged: false }
    await engines[0]?.fetch(remote, pairs, signal)
    const work = engines.flatMap((engine, project) =>
      Array.from({ length: 3 }, async (_, n) => {
        await engine.fetch(remote, pairs, signal)
        const applied = await engine.apply(request, signal)
        const target = applied.outcome === 'applied' ? applied.head : null
        await engine.updateRefs([{ ref: `refs/heads/series/${project}-${n}` as RefName, target }])
        return target
      }),
    )
    const packing = ['one', 'two', 'three'].map((name) => gitIn(place(name), 'repack', '-d', '-l'))
    gitIn(storeDir(), 'repack', '--geometric=2', '-d')
    const heads = new Set(await Promise.all(work))

    expect(packing).toHaveLength(3)
    expect(heads.size).toBe(1)
    expect(heads.has(null)).toBe(false)
    for (const gitDir of [...['one', 'two', 'three'].map(place), storeDir()]) {
      expect(gitIn(gitDir, 'fsck', '--strict', '--no-dangling')).toBe('')
    }
  })

  it('that were fetched into before there were stores fetch only what is new', async () => {
    await createRepository(place('old'))
    const old = await openGitEngine(place('old'))
    await old.fetch(remote, pairs, signal)
    await old.close()
    const before = countOwn(place('old'))
    const engine = await openProject('old')

    expect(before).toBeGreaterThan(0)
    expect(countOwn(storeDir())).toBe(before)
    served.commit({ files: { c: 'c\n' } })
    await engine.fetch(remote, pairs, signal)
    expect(await engine.resolve(main)).toBe(served.sha('HEAD'))
    expect(countOwn(storeDir())).toBe(before + 3)
    expect(countOwn(place('old'))).toBe(before)
  })

  it('are found again when the state folder has been moved', async () => {
    await (await openProject('one')).fetch(remote, pairs, signal)
    await close()
    const moved = `${folder}-moved`
    renameSync(folder, moved)
    folder = moved
    stores = openUpstreamStores(path.join(folder, 'upstreams'))

    expect(await (await openProject('one')).resolve(main)).toBe(served.sha('HEAD'))
  })

  it('may be of two processes, which make the store and fetch at the same time', async () => {
    const other = openUpstreamStores(path.join(folder, 'upstreams'))
    const sides = [stores, other]
    await Promise.all(['one', 'two'].map(async (name) => createRepository(place(name))))
    const engines = await Promise.all(
      sides.map(async (side, index) => {
        const name = place(['one', 'two'][index] ?? '')
        return openGitEngine(name, { upstream: await side.open(remote.url, name) })
      }),
    )
    opened.push(...engines)
    await Promise.all(engines.map(async (engine) => engine.fetch(remote, pairs, signal)))
    await other.close()

    expect(readdirSync(path.join(folder, 'upstreams'))).toHaveLength(1)
    expect(await Promise.all(engines.map(async (engine) => engine.resolve(main)))).toEqual([
      served.sha('HEAD'),
      served.sha('HEAD'),
    ])
  })

  it('keep what they had when they get another upstream', async () => {
    await (await openProject('one')).fetch(remote, pairs, signal)
    remote = { ...remote, url: `${served.gitDir}` }
    const engine = await openProject('one')

    expect(await engine.resolve(main)).toBe(served.sha('HEAD'))
    expect(readdirSync(path.join(folder, 'upstreams'))).toHaveLength(2)
  })

  it('leave no half of a store behind', async () => {
    served.git('config', 'uploadpack.hideRefs', 'refs/heads/main')
    const engine = await openProject('one')

    await expect(engine.fetch(remote, pairs, signal)).rejects.toMatchObject({
      code: 'GIT_REMOTE_REF_MISSING',
    })
    expect(await engine.resolve(main)).toBeNull()
    served.git('config', '--unset', 'uploadpack.hideRefs')
    await engine.fetch(remote, pairs, signal)
    expect(await engine.resolve(main)).toBe(served.sha('HEAD'))
    expect(existsSync(path.join(storeDir(), 'FETCH_HEAD'))).toBe(false)
  })
})

import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RefName } from '../../../src/core/ids.ts'
import type { OverlayFile } from '../../../src/core/pull-request/overlay.ts'
import type { ProjectPorts } from '../../../src/flow/ports.ts'
import { foreignBranches } from '../../../src/flow/publish/overlay-branches.ts'
import { refreshBranches } from '../../../src/flow/publish/refresh-branches.ts'
import { openGithubForge } from '../../../src/forge/github/open-github-forge.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { createRepository } from '../../../src/git/engine/repository.ts'
import type { GitEngine } from '../../../src/git/git-engine.ts'
import { type FakeGithub, openFakeGithub } from '../../support/fake-github/open-fake-github.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { recordingGit } from '../../support/recording-git.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const bot = { name: 'Patchferry', address: 'patchferry@example.org' }
const main = 'refs/heads/main' as RefName

function file(at: string, text: string, mode: OverlayFile['mode'] = '100644'): OverlayFile {
  return { path: at, mode, content: Buffer.from(text) }
}
const workflow = file('.github/workflows/ci.yml', 'on: pull_request\n')

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) {
    await close()
  }
})

interface Scene {
  readonly upstream: TestRepo
  readonly github: FakeGithub
  /** Null: there is no overlay. */
  files: readonly OverlayFile[] | null
  /** One round; git may do some things otherwise, as where the process dies. */
  readonly refresh: (change?: (git: GitEngine) => Partial<GitEngine>) => Promise<void>
  /** The repository of this machine is lost. */
  readonly lose: () => Promise<void>
  readonly foreign: () => Promise<readonly RefName[]>
  /** Git in the mirror. */
  readonly mirror: (...args: readonly string[]) => Promise<string>
  readonly local: (ref: string) => Promise<string | null>
  readonly warnings: () => readonly unknown[]
}

async function start(permissions?: Readonly<Record<string, string>>): Promise<Scene> {
  const github = await openFakeGithub({ placement: 'fork' })
  closers.push(() => github.close())
  const { owner, name } = github.mirror
  const fullName = `${owner}/${name}`
  const upstream = makeTestRepo()
  closers.push(() => upstream.remove())
  upstream.git('fetch', '-q', github.git.directory(fullName), 'main')
  upstream.git('checkout', '-q', '-B', 'main', 'FETCH_HEAD')
  const token =
    permissions === undefined
      ? github.token
      : github.fineGrainedToken('patchferry-bot', permissions as never)
  const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  const log = memoryLog()

  async function open(): Promise<GitEngine> {
    const directory = path.join(temporaryFolder(), 'hello.git')
    await createRepository(directory)
    const engine = await openGitEngine(directory)
    closers.push(() => engine.close())
    return engine
  }
  let git = await open()
  function ports(change: (given: GitEngine) => Partial<GitEngine> = () => ({})): ProjectPorts {
    const { files } = scene
    return {
      project: { name: 'hello', branches: [main], prefixBranches: {} },
      git: { ...git, ...change(git) },
      mirror: { url: `${github.url}/${fullName}.git`, authorization },
      upstream: { url: upstream.gitDir, authorization: null },
      overlay: files === null ? null : async () => files,
    } as unknown as ProjectPorts
  }
  const scene: Scene = {
    upstream,
    github,
    files: [workflow],
    refresh: (change) => refreshBranches(ports(change), { bot, log: log.logger }, signal),
    async lose() {
      git = await open()
    },
    foreign: () => foreignBranches([main], ports(), { bot }, signal),
    mirror: async (...args) => (await github.git.git(fullName, args)).trim(),
    local: (ref) => git.resolve(ref),
    warnings: () => log.lines.map(({ msg, branch }) => `${String(branch)}: ${String(msg)}`),
  }
  return scene
}

/** A person clones the mirror's main branch, commits and pushes. */
async function pushAsPerson(scene: Scene): Promise<string> {
  const { owner, name } = scene.github.mirror
  const stream = `commit refs/heads/main
committer Ada Author <ada@example.org> 1800000000 +0000
data 5
mine
from refs/heads/main^0
M 100644 inline mine
data 5
mine

`
  await scene.github.git.change(`${owner}/${name}`, owner, async (git) => {
    await git(['fast-import', '--quiet'], stream)
  })
  return scene.mirror('rev-parse', 'main')
}

describe('an overlay on the base branches of the mirror', { timeout: 30_000 }, () => {
  it('is one commit on top of upstream’s tip, the same from any machine', async () => {
    const scene = await start()
    const tip = scene.upstream.commit({ files: { a: 'a\n', '.github': 'a file\n' } })
    scene.files = [workflow, file('run.sh', '#!/bin/sh\n', '100755'), file('l', 'a', '120000')]
    await scene.refresh()
    expect(await scene.mirror('log', '--format=%P %an %ae %cn', '-1', 'main')).toBe(
      `${tip} Patchferry patchferry@example.org Patchferry`,
    )
    expect(await scene.mirror('log', '--format=%ct %at', '-1', 'main')).toBe(
      scene.upstream.git('log', '--format=%ct %ct', '-1', 'main'),
    )
    expect(
      await scene.mirror('diff', '--raw', '--no-renames', '--abbrev=1', 'main^', 'main'),
    ).toMatch(
      /^:100644 0{1,40} \S+ 0+ D\t\.github\n:0{6} 100644 .*ci\.yml\n:0{6} 120000 .*\tl\n:0{6} 100755 .*run\.sh$/,
    )
    expect(await scene.local('refs/heads/main')).toBe(tip)
    const made = await scene.mirror('rev-parse', 'main')
    expect(await scene.local('refs/overlay/main')).toBe(made)
    await scene.lose()
    await scene.refresh(() => ({ push: () => Promise.reject(new Error('nothing to push')) }))
    expect(await scene.local('refs/overlay/main')).toBe(made)
  })

  it('is neither made nor pushed again while nothing moved', async () => {
    const scene = await start()
    await scene.refresh()
    const made = await scene.mirror('rev-parse', 'main')
    async function refuse(): Promise<never> {
      throw new Error('nothing moved')
    }
    const recording = recordingGit()
    vi.stubEnv('PATH', recording.path)
    closers.push(
      () => vi.unstubAllEnvs(),
      () => recording.remove(),
    )
    await scene.refresh(() => ({ push: refuse, updateRefs: refuse }))
    const commands = new Set(recording.commands().map(([, ...args]) => args.join(' ')))
    expect(commands.size).toBeGreaterThan(0)
    expect([...commands].filter((line) => /hash-object|write-tree|read-tree/.test(line))).toEqual(
      [],
    )
    expect(await scene.mirror('rev-parse', 'main')).toBe(made)
  })

  it('moves with upstream, and no open pull request is touched', async () => {
    const scene = await start()
    const { github } = scene
    await scene.refresh()
    const headRef = 'refs/heads/series/hello' as RefName
    await github.moveBranch(headRef)
    const { apiUrl, mirror: repository, heads, token } = github
    const auth = { kind: 'token', token: async () => token } as const
    const { logger: log } = memoryLog()
    const forge = openGithubForge({ apiUrl, repository, heads, auth, clock: () => new Date(), log })
    const spec = { headRef, baseRef: main, title: 'hello', body: '', draft: false, labels: [] }
    const { value } = await forge.ensurePullRequest(spec, signal)
    const asked = github.requests().length
    for (const name of ['b', 'c']) {
      const tip = scene.upstream.commit({ files: { [name]: `${name}\n` } })
      await scene.refresh()
      expect(await scene.mirror('rev-parse', 'main^')).toBe(tip)
      expect(await scene.mirror('show', 'main:.github/workflows/ci.yml')).toBe('on: pull_request')
    }
    expect(github.requests()).toHaveLength(asked)
    expect(await forge.getPullRequest(value.number, signal)).toMatchObject({
      state: 'open',
      headSha: value.headSha,
      baseRef: main,
    })
  })

  it('follows an upstream that was rewound, whatever was lost here', async () => {
    const scene = await start()
    scene.upstream.commit({ files: { b: 'b\n' } })
    await scene.refresh()
    scene.upstream.git('reset', '-q', '--hard', 'HEAD^')
    const tip = scene.upstream.commit({ files: { c: 'c\n' } })
    await scene.lose()
    await scene.refresh()
    expect(await scene.mirror('rev-parse', 'main^')).toBe(tip)
    expect(scene.warnings()).toEqual([])
  })

  it('begins on a mirror that had followed upstream without, though that was rewound since', async () => {
    const scene = await start()
    scene.files = null
    scene.upstream.commit({ files: { b: 'b\n' } })
    await scene.refresh()
    expect(await scene.mirror('rev-parse', 'main')).toBe(scene.upstream.sha('main'))
    scene.upstream.git('reset', '-q', '--hard', 'HEAD^')
    const tip = scene.upstream.commit({ files: { c: 'c\n' } })
    scene.files = [workflow]
    await scene.refresh()
    expect(await scene.mirror('rev-parse', 'main^')).toBe(tip)
    expect(scene.warnings()).toEqual([])
  })

  it('has the files that the folder has now, and none that was taken out', async () => {
    const scene = await start()
    scene.files = [workflow, file('ci.sh', 'one\n')]
    await scene.refresh()
    scene.files = [file('ci.sh', 'two\n')]
    await scene.refresh()
    expect(await scene.mirror('ls-tree', '-r', '--name-only', 'main')).toBe('ci.sh\nfile.txt')
    expect(await scene.mirror('show', 'main:ci.sh')).toBe('two')
    expect(await scene.mirror('rev-list', '--count', 'main')).toBe('2')
  })

  it('leaves a branch that a person pushed to, and says so, until it is set back', async () => {
    const scene = await start()
    await scene.refresh()
    const overlaid = await scene.mirror('rev-parse', 'main')
    const theirs = await pushAsPerson(scene)
    scene.upstream.commit({ files: { b: 'b\n' } })
    await scene.refresh()
    await scene.lose()
    await scene.refresh()
    expect(await scene.mirror('rev-parse', 'main')).toBe(theirs)
    const said =
      'refs/heads/main: somebody pushed to a base branch of the mirror: it is left as it is'
    expect(scene.warnings()).toEqual([said, said])
    expect(await scene.foreign()).toEqual([main])

    await scene.mirror('update-ref', main, overlaid)
    await scene.refresh()
    expect(await scene.mirror('rev-parse', 'main^')).toBe(scene.upstream.sha('main'))
    expect(await scene.foreign()).toEqual([])
  })

  it('does not push over a person who was faster', async () => {
    const scene = await start()
    await scene.refresh()
    scene.upstream.commit({ files: { b: 'b\n' } })
    let theirs = ''
    await scene.refresh((git) => ({
      async push(...wanted) {
        theirs = await pushAsPerson(scene)
        return git.push(...wanted)
      },
    }))
    expect(await scene.mirror('rev-parse', 'main')).toBe(theirs)
    await scene.refresh()
    expect(await scene.mirror('rev-parse', 'main')).toBe(theirs)
    expect(scene.warnings()).toHaveLength(1)
  })

  it.each(['push', 'updateRefs'] as const)('goes on after a death at %s', async (death) => {
    const scene = await start()
    await scene.refresh()
    scene.upstream.commit({ files: { b: 'b\n' } })
    async function die(): Promise<never> {
      throw new Error('killed')
    }
    await expect(scene.refresh(() => ({ [death]: die }))).rejects.toThrow('killed')
    scene.files = [file('ci.sh', 'two\n')]
    const tip = scene.upstream.commit({ files: { c: 'c\n' } })
    await scene.refresh()
    expect(await scene.mirror('rev-parse', 'main^')).toBe(tip)
    expect(await scene.mirror('show', 'main:ci.sh')).toBe('two')
    expect(scene.warnings()).toEqual([])
  })

  it('that the token may not push says which permission is missing', async () => {
    const scene = await start({ metadata: 'read', contents: 'write' })
    await expect(scene.refresh()).rejects.toMatchObject({
      code: 'FLOW_OVERLAY_REFUSED',
      message: expect.stringContaining('workflow'),
    })
  })
})

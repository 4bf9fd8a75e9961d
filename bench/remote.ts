/*
 * What batching saves at a remote over HTTP on this machine: one push of N topics, each a commit of its own (`pushEach`),
 * against N pushes of one; and asking a mirror of M refs for those of one series, by prefixes and by `git ls-remote`. In turns; the median and
 * the spread of the ratios. `npx tsx bench/remote.ts [--refs 50] [--runs 5] [--mirror 8000]`
 */
import { execFile } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { parseArgs, promisify } from 'node:util'
import type { RefName, Sha } from '../src/core/ids.ts'
import { openGitEngine } from '../src/git/engine/open-git-engine.ts'
import type { RefUpdate } from '../src/git/git-engine.ts'
import { serveGit } from '../test/support/git-http.ts'
import { makeTestRepo, type TestRepo, testGitEnvironment } from '../test/support/test-repo.ts'

const { values } = parseArgs({
  options: {
    refs: { type: 'string', default: '50' },
    runs: { type: 'string', default: '5' },
    mirror: { type: 'string', default: '8000' },
  },
})
const count = Number(values.refs)
const runs = Number(values.runs)
const { signal } = new AbortController()
const authorization = 'Basic Ym90OnNlY3JldA=='

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function middle(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function report(name: string, pairs: readonly (readonly [slow: number, quick: number])[]): void {
  const ratios = pairs.map(([slow, quick]) => slow / quick)
  const [slow, quick] = [middle(pairs.map(([ms]) => ms)), middle(pairs.map(([, ms]) => ms))]
  const spread = `${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)}`
  process.stdout.write(
    `${name}: ${slow.toFixed(0)} ms against ${quick.toFixed(0)} ms, ratio ${middle(ratios).toFixed(1)} (${spread}, ${pairs.length} runs)\n`,
  )
}

async function comparePushes(repo: TestRepo, served: TestRepo, url: string): Promise<void> {
  const engine = await openGitEngine(repo.gitDir)
  const remote = { url, authorization }
  const pairs: [number, number][] = []
  async function oneByOne(updates: readonly RefUpdate[]): Promise<number> {
    return timed(async () => {
      for (const update of updates) {
        await engine.push(remote, [update], signal)
      }
    })
  }
  async function atOnce(updates: readonly RefUpdate[]): Promise<number> {
    const groups = updates.map((update) => [update])
    return timed(async () => engine.pushEach(remote, groups, signal))
  }
  for (let run = 0; run < runs; run += 1) {
    const single = newBranches(repo, `single-${run}`)
    const together = newBranches(repo, `together-${run}`)
    if (run % 2 === 0) {
      pairs.push([await oneByOne(single), await atOnce(together)])
    } else {
      const quick = await atOnce(together)
      pairs.push([await oneByOne(single), quick])
    }
  }
  await engine.close()
  const pushed = served.git('for-each-ref', 'refs/heads/series').split('\n').length
  if (pushed !== 2 * count * runs) {
    throw new Error(`${pushed} refs arrived`)
  }
  report(`${count} pushes against one of ${count} topics`, pairs)
}

function newBranches(repo: TestRepo, name: string): readonly RefUpdate[] {
  return Array.from({ length: count }, (_, n) => ({
    ref: `refs/heads/series/${name}-${n}` as RefName,
    target: branchCommit(repo, `${name} ${n}`),
    expected: null,
  }))
}

/** A commit on HEAD that changes one file, with a tree and a blob of its own. */
function branchCommit(repo: TestRepo, text: string): Sha {
  const blob = repo.gitWith({ input: text }, 'hash-object', '-w', '--stdin')
  const listing = repo.git('ls-tree', 'HEAD')
  const tree = repo.gitWith({ input: `${listing}\n100644 blob ${blob}\tnew\n` }, 'mktree')
  return repo.git('commit-tree', '-p', 'HEAD', '-m', text, tree) as Sha
}

async function compareListings(repo: TestRepo, served: TestRepo, url: string): Promise<void> {
  const target = served.git('rev-parse', 'HEAD')
  const names = Array.from({ length: Number(values.mirror) }, (_, n) => `refs/mail/${n}-1@x.org`)
  const input = names.map((name) => `create ${name} ${target}\n`).join('')
  served.gitWith({ input }, 'update-ref', '--stdin')
  served.git('pack-refs', '--all')
  const engine = await openGitEngine(repo.gitDir)
  const wanted = ['refs/heads/series/x', 'refs/series/1a2b3c4d5e6f/', 'refs/mail/17-']
  const pairs: [number, number][] = []
  for (let run = 0; run < runs; run += 1) {
    const listed = await timed(() => engine.remoteRefs({ url, authorization }, wanted, signal))
    const start = performance.now()
    const patterns = wanted.map((name) => `${name}*`)
    const header = `http.extraHeader=Authorization: ${authorization}`
    await promisify(execFile)('git', ['-c', header, 'ls-remote', '--refs', url, ...patterns], {
      env: testGitEnvironment(),
    })
    pairs.push([performance.now() - start, listed])
  }
  await engine.close()
  report(`git ls-remote of ${names.length} refs against asking for 3 prefixes`, pairs)
}

const repo = makeTestRepo()
const served = makeTestRepo()
const files = Array.from({ length: 300 }, (_, n) => [`file${n}`, `${n}\n`.repeat(50)] as const)
repo.commit({ files: Object.fromEntries(files) })
served.git('config', 'http.receivepack', 'true')
served.git('fetch', '-q', repo.gitDir, 'main:refs/heads/base')
served.git('reset', '-q', '--hard', 'refs/heads/base')
const server = await serveGit(served.gitDir, authorization)
try {
  await comparePushes(repo, served, server.url)
  await compareListings(repo, served, server.url)
} finally {
  await server.close()
  served.remove()
  repo.remove()
}

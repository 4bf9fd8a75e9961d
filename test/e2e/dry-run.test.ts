import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readRefs } from '../../src/app/demo/verify.ts'
import { arriveAll, changeConfig, demoWorlds } from '../support/demo-world.ts'
import { openFakeGithub } from '../support/fake-github/open-fake-github.ts'
import { useGithub } from '../support/forge-config.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const worlds = demoWorlds()

async function dryRun(
  world: DemoWorld,
  ...more: readonly string[]
): Promise<Awaited<ReturnType<typeof runHere>>> {
  const since = ['--since', '2026-01-01']
  return runHere(['dry-run', '--config', world.config, ...since, ...more])
}

function files(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
}

it('shows what would be opened and sent, and changes nothing', async () => {
  const world = await worlds.fresh()
  await arriveAll(world)
  await changeConfig(world, 'success: author-and-list', 'dryRun: true\n      success: author')
  const before = [files(world.inbox), files(world.outgoing), await readRefs(world.mirror)]

  const end = await dryRun(world, '--json')

  expect(end).toMatchObject({ exitCode: 0, stderr: '' })
  const lines = jsonLines(end.stdout)
  const series = lines.filter(({ type }) => type === 'series')
  const outcomes = series.map(
    ({ name, version, outcome }) => `${String(name)} v${String(version)}: ${String(outcome)}`,
  )
  expect(outcomes).toEqual([
    'three more languages v1: published',
    'words: be polite in the evening v1: conflict',
    'hello: sound more cheerful v1: published',
    'README: say how to use it v1: published',
    'words: add Dutch v1: published',
    'ci: run the tests on every push v1: held',
  ])
  expect(series.find(({ outcome }) => outcome === 'published')).toMatchObject({
    project: 'hello',
    base: expect.stringMatching(/^[0-9a-f]{40}$/),
    baseRule: expect.stringMatching(/^[a-z-]+$/),
    baseBranch: 'refs/heads/main',
    branch: expect.stringMatching(/^refs\/heads\/series\//),
    pullRequest: null,
  })
  expect(series.map(({ report, unreported }) => report ?? unreported)).toEqual([
    null,
    'conflict',
    null,
    null,
    null,
    'held',
  ])
  const mails = lines.filter(({ type }) => type === 'mail')
  expect(mails.map(({ kind, waits }) => [kind, waits])).toEqual([
    ['conflict', null],
    ['held', null],
  ])
  for (const { raw } of mails) {
    expect(raw).toMatch(/^In-Reply-To: </m)
  }
  expect(lines.at(-1)).toMatchObject({ type: 'summary', pullRequests: 0, stopped: false })
  expect([files(world.inbox), files(world.outgoing), await readRefs(world.mirror)]).toEqual(before)
  expect(readdirSync(path.join(world.directory, 'state'))).toEqual(['upstreams'])
}, 60_000)

it('opens pull requests on a forge that hears nothing of it', async () => {
  const world = await worlds.fresh()
  await arriveAll(world)
  const github = await openFakeGithub({ placement: 'fork', auth: 'app' })
  onTestFinished(() => github.close())
  await useGithub(world, github)

  await changeConfig(world, 'held: author-and-list', 'held: nobody')
  await writeFile(path.join(world.inbox, 'cur', '1.stray:2,S'), 'Subject: read elsewhere\n\nHi\n')
  const { stdout, stderr, exitCode } = await dryRun(world)

  expect(exitCode).toBe(0)
  expect(stderr).toContain('cur was not put there by Patchferry, and is not read')
  expect(stdout).toMatch(
    /^published .*\n +base [0-9a-f]{12} on main, rule .*\n +pull request 1 into main, head series\/.* \(fork\)$/m,
  )
  expect(stdout).toMatch(/^held .*(?:\n .*)*CI reads.*\n +no mail: not reported because /m)
  expect(stdout).toMatch(/^no mail: +1 held; each says why$/m)
  expect(stdout).toMatch(/^The first mail of the kind conflict:\n\n {4}/m)
  expect(stdout).toMatch(/^pull requests: \d+$/m)
  expect(stdout).toMatch(/Nothing was pushed or sent\.\n$/)
  expect(github.requests()).toEqual([])
}, 60_000)

it('says when a source cannot be read, and what is no time', async () => {
  const world = await worlds.fresh()
  await changeConfig(world, 'maildir: ./inbox', 'publicInbox: ./nowhere')
  const end = await dryRun(world)
  expect(end).toMatchObject({ exitCode: 1 })
  expect(end.stderr).toContain('source hello-devel-public-inbox')
  expect(end.stdout).toContain('0 mails since 2026-01-01')

  const wrong = await dryRun(world, '--since', 'yesterday')
  expect(wrong).toMatchObject({ exitCode: 2, stdout: '' })
  expect((await dryRun(world, '--since', '2026-02-31')).exitCode).toBe(2)
  expect((await dryRun(world, '--limit', '0')).exitCode).toBe(2)
}, 30_000)

it('leaves nothing behind when it is stopped', async () => {
  const world = await worlds.fresh()
  const temporary = temporaryFolder()
  vi.stubEnv('TMPDIR', temporary)
  onTestFinished(() => void vi.unstubAllEnvs())
  const stop = new AbortController()
  stop.abort()
  const args = ['dry-run', '--config', world.config]
  const end = await runHere(args, { draining: stop.signal })

  expect(end).toMatchObject({ exitCode: 75, stdout: '' })
  expect(readdirSync(temporary)).toEqual([])
}, 30_000)

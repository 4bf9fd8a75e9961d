import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { openOverlay } from '../../src/app/forge/open-overlay.ts'
import type { ProjectConfig } from '../../src/config/config.ts'
import { openGiteaForge } from '../../src/forge/gitea/gitea-forge.ts'
import { demoWorlds } from '../support/demo-world.ts'
import { openFakeGitea } from '../support/fake-gitea/fake-gitea.ts'
import { memoryLogger } from '../support/memory-log.ts'
import { arriveOwn, ownId, ownPatch } from '../support/own-series.ts'
import { openPullBench } from '../support/pull-bench.ts'

const worlds = demoWorlds()
const { signal } = new AbortController()
const mirror = 'people/project'
const fork = 'patchferry/project'
const workflow = '.forgejo/workflows/series.yml'

it('has CI from the base of a mirror on Forgejo, while heads hold nothing of it', async () => {
  const world = await worlds.fresh()
  const fake = await openFakeGitea('Forgejo 16')
  onTestFinished(() => fake.close())
  const { accounts, git } = fake.world
  for (const login of ['people', 'patchferry']) {
    accounts.add(login)
  }
  await fake.addRepository(mirror)
  await fake.addFork(mirror, fork)
  accounts.allow(mirror, 'patchferry', 'admin')
  const upstream = path.join(world.directory, 'upstream.git')
  await git.change(mirror, 'people', async (run) => {
    await run(['fetch', '--quiet', upstream, '+main:refs/heads/main'])
  })
  const token = accounts.token('patchferry')
  const forge = await openGiteaForge(
    {
      url: fake.url,
      repository: { owner: 'people', name: 'project' },
      heads: { owner: 'patchferry', name: 'project' },
      token: async () => token,
      clock: () => new Date(),
      log: memoryLogger(),
    },
    signal,
  )
  const overlayFolder = path.resolve(import.meta.dirname, '../../templates/workflows')
  const config = { name: 'hello', placement: 'agit', holdsNoSecrets: true, overlayFolder }
  expect(openOverlay(config as ProjectConfig, forge)).not.toBeNull()
  const authorization = `Basic ${Buffer.from(`patchferry:${token}`).toString('base64')}`
  const content = Buffer.from('on: pull_request_target\n')
  const bench = openPullBench(
    world,
    forge,
    { placement: 'agit', tests: null, checks: { expected: [], quietMs: 60_000 } },
    {
      mirror: { url: `${fake.url}/${mirror}.git`, authorization },
      heads: { url: `${fake.url}/${fork}.git`, authorization },
      overlay: async () => [{ path: workflow, mode: '100644', content }],
    },
  )
  await arriveOwn(
    world,
    ownPatch({ name: 'one', subject: 'greet: say hi', file: 'hi', adds: 'hi' }),
  )
  await bench.pass()
  const [pull] = await forge.openPullRequests(signal)
  const head = pull?.headSha ?? ''
  expect(pull).toMatchObject({ number: 1, baseRef: 'refs/heads/main' })

  async function gitIn(...args: readonly string[]): Promise<string> {
    return (await git.git(mirror, args)).trim()
  }
  const tip = execFileSync('git', ['-C', upstream, 'rev-parse', 'main'], {
    encoding: 'utf8',
  }).trim()
  expect(await gitIn('rev-parse', 'main^')).toBe(tip)
  expect(await gitIn('diff', '--name-only', 'main^', 'main')).toBe(workflow)
  expect(await gitIn('rev-parse', `${head}^`)).toBe(tip)

  // What Forgejo writes of such a run, on the head (`services/actions/commit_status.go`).
  const written = await fetch(`${fake.url}/api/v1/repos/${mirror}/statuses/${head}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `token ${accounts.token('people')}`,
    },
    body: JSON.stringify({
      state: 'success',
      context: 'series / test (pull_request_target)',
      description: 'Successful in 3s',
      target_url: `/${mirror}/actions/runs/1/jobs/0`,
    }),
  })
  expect(written.status).toBe(201)
  await bench.pass()
  await bench.pass()
  expect(await forge.openPullRequests(signal)).toMatchObject([
    { number: 1, headSha: head, labels: ['series/success', 'series/v1'] },
  ])
  expect(await readOutgoing(world.outgoing)).toMatchObject([
    { inReplyTo: ownId('one'), kind: 'success' },
  ])
  expect(bench.failures).toEqual([])
}, 60_000)

import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { arrive, changeConfig, demoWorlds } from '../support/demo-world.ts'
import { type FakeGithub, openFakeGithub } from '../support/fake-github/open-fake-github.ts'
import { useGithub, useWeb, webhookSecret } from '../support/forge-config.ts'
import { freePort } from '../support/ports.ts'
import { runHere, startPatchferry } from '../support/run-patchferry.ts'

const worlds = demoWorlds()
const opened: FakeGithub[] = []

afterEach(async () => {
  for (const github of opened.splice(0)) {
    await github.close()
  }
})

const failingJob = {
  name: 'build',
  outcome: 'failure',
  steps: [
    { name: 'Set up job', outcome: 'success' },
    { name: 'make check', outcome: 'failure' },
  ],
  log: 'cc -c usage.c\nusage.c:3:5: error: unknown type name\nmake: *** [usage.o] Error 1\n##[error]Process completed with exit code 1.\n',
} as const

it('carries a series from the list to a pull request on GitHub, and what CI says of it back', async () => {
  const world = await worlds.fresh()
  const github = await openFakeGithub({ placement: 'fork', auth: 'app' })
  opened.push(github)
  await useGithub(world, github)
  github.onHead(async (sha) => {
    await github.runJob(sha, failingJob)
  })
  const service = startPatchferry(['serve', '--config', world.config])
  onTestFinished(() => service.kill('SIGKILL'))
  const said = await service.said(/"msg":"listening"/)
  const address = /"public":"(?<url>[^"]+)"/.exec(said)?.groups?.['url'] ?? ''
  github.hooks.target = { url: `${address}/webhooks/github`, secret: webhookSecret }

  await arrive(world, 'usage-1@contributor.example')
  const mails = await vi.waitFor(
    async () => {
      const out = await readOutgoing(world.outgoing)
      expect(out).toHaveLength(1)
      return out
    },
    { timeout: 60_000, interval: 200 },
  )

  const text = readFileSync(mails[0]?.file ?? '', 'utf8')
  expect(text).toContain('make check')
  expect(text).toContain('usage.c:3:5: error: unknown type name')
  service.kill('SIGTERM')
  expect(await service.ended).toMatchObject({ exitCode: 0 })
  const asked = github.requests().map(({ method, path }) => `${method} ${path}`)
  expect(asked.filter((one) => one === 'POST /repos/acme/project/pulls')).toHaveLength(1)
  // The reconcile pass lists open pull requests now and then, however many series come.
  const own = asked.filter((one) => one !== 'GET /repos/acme/project/pulls')
  expect(own.slice(12)).toEqual([])
  const { stdout } = await runHere(['status', '--json', '--config', world.config])
  expect(JSON.parse(stdout)).toMatchObject({
    topics: [{ state: 'failure', verdict: 'failure', pullRequest: 1 }],
  })
}, 120_000)

it('answers a forged delivery with a refusal, and doctor finds all well', async () => {
  const world = await worlds.fresh()
  const github = await openFakeGithub({ placement: 'fork', auth: 'app' })
  opened.push(github)
  await useGithub(world, github)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  await useWeb(world, { public: { port, url }, operator: { port: 0 } })
  await changeConfig(
    world,
    'name: hello\n',
    'name: hello\n    trust: { approvers: [ada@example.org] }\n',
  )

  const service = startPatchferry(['serve', '--config', world.config])
  onTestFinished(() => service.kill('SIGKILL'))
  const said = await service.said(/"msg":"listening"/)
  const address = /"public":"(?<url>[^"]+)"/.exec(said)?.groups?.['url'] ?? ''
  expect(address).toBe(url)
  // Nobody can be proven, which is said at the start and by `doctor`.
  expect(said).toContain('"about":"project hello: senders"')
  const { stdout, exitCode } = await runHere(['doctor', '--config', world.config])
  expect(stdout).toMatch(/^ok +project hello: forge: account/m)
  expect(stdout).toMatch(/^ok +clock: as that of 127/m)
  expect(stdout).toMatch(/^ok +project hello: placement: fork/m)
  expect(stdout).toMatch(/^warning +project hello: CI: main: there is no workflow/m)
  expect(stdout).toMatch(/^ok +webhook github: .* reaches us, and knows our secret$/m)
  expect(exitCode).toBe(0)
  await writeFile(path.join(world.directory, 'webhook'), 'another secret than the service has')
  const other = await runHere(['doctor', '--config', world.config])
  expect(other.stdout).toMatch(/^WRONG +webhook github: .* has another secret$/m)
  const response = await fetch(`${address}/webhooks/github`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-GitHub-Event': 'push',
      'X-GitHub-Delivery': 'forged',
      'X-Hub-Signature-256': `sha256=${'0'.repeat(64)}`,
    },
    body: '{"ref":"refs/heads/main"}',
  })
  expect(response.status).toBe(403)
  service.kill('SIGTERM')
  const ended = await service.ended
  expect(ended.stderr).not.toContain('refs/heads/main')
}, 120_000)

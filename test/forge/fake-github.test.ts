import { createSign } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RefName } from '../../src/core/ids.ts'
import { ask } from '../support/fake-github/ask.ts'
import {
  type FakeGithub,
  type FakeGithubOptions,
  openFakeGithub,
} from '../support/fake-github/open-fake-github.ts'
import { runGitAsync } from '../support/run-git-async.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ref = 'refs/heads/series/topic' as RefName
const repository = '/repos/acme/project'

async function open(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  const fake = await openFakeGithub(options)
  onTestFinished(() => fake.close())
  return fake
}

function jwtOf({ app }: FakeGithub, changes = {}): string {
  const at = Math.floor(Date.now() / 1000)
  const claims = { iss: app.appId, iat: at - 60, exp: at + 500, ...changes }
  const signed = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = createSign('RSA-SHA256').update(signed).sign(app.privateKey, 'base64url')
  return `${signed}.${signature}`
}

async function installationToken(fake: FakeGithub, body?: unknown): Promise<string> {
  const path = `/app/installations/${fake.app.installationId}/access_tokens`
  const answer = await ask(fake, 'POST', path, body, jwtOf(fake))
  return (answer.body as { readonly token: string }).token
}

async function cloneWith(fake: FakeGithub, token: string): Promise<string> {
  const folder = temporaryFolder()
  await runGitAsync(folder, ['clone', '-q', `${fake.url}/acme/project.git`, '.'])
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  await runGitAsync(folder, ['config', 'http.extraHeader', `Authorization: Basic ${basic}`])
  return folder
}

describe('who asks the fake GitHub', () => {
  it('is refused with a token that is not good, or without one where it writes', async () => {
    const fake = await open()
    expect((await ask(fake, 'GET', repository, undefined, 'ghp_no')).status).toBe(401)
    expect((await ask(fake, 'GET', repository, undefined, null)).status).toBe(200)
    const labels = { name: 'a' }
    expect((await ask(fake, 'POST', `${repository}/labels`, labels, null)).status).toBe(401)
    const reader = fake.accounts.add('alice').login
    const token = fake.accounts.token(reader)
    expect((await ask(fake, 'POST', `${repository}/labels`, labels, token)).status).toBe(403)
  })

  it('is an App by a token that it signed, for ten minutes at most', async () => {
    const fake = await open()
    const answers = await Promise.all(
      [{}, { exp: 1 }, { exp: Math.floor(Date.now() / 1000) + 900 }, { iss: '1' }].map((changes) =>
        ask(fake, 'GET', '/app', undefined, jwtOf(fake, changes)),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 401, 401])
    const forged = `${jwtOf(fake).slice(0, -4)}AAAA`
    expect((await ask(fake, 'GET', '/app', undefined, forged)).status).toBe(401)
  })

  it('may do what the installation was given, until its token ends', async () => {
    const permissions = { contents: 'read', pull_requests: 'write' } as const
    const fake = await open({ auth: 'app', permissions })
    const token = await installationToken(fake)
    async function may(method: string, path: string): Promise<number> {
      return (await ask(fake, method, `${repository}${path}`, undefined, token)).status
    }

    expect(await may('GET', '/pulls')).toBe(200)
    expect(await may('GET', '/branches')).toBe(200)
    expect(await may('DELETE', '/git/refs/heads/main')).toBe(403)
    expect(await may('GET', '/actions/runs')).toBe(403)
    expect(await may('GET', '/hooks')).toBe(403)
    expect((await ask(fake, 'GET', '/user', undefined, token)).status).toBe(403)
    fake.expireTokens()
    expect(await may('GET', '/pulls')).toBe(401)
  })

  it('gets a token for no more than the installation has', async () => {
    const fake = await open({ auth: 'app', placement: 'fork' })
    const path = `/app/installations/${fake.app.installationId}/access_tokens`
    async function token(body: unknown): Promise<number> {
      return (await ask(fake, 'POST', path, body, jwtOf(fake))).status
    }
    expect(await token({ permissions: { contents: 'write' }, repositories: ['project'] })).toBe(201)
    expect(await token({ permissions: { administration: 'write' } })).toBe(422)
    expect(await token({ repositories: ['other'] })).toBe(422)
  })

  it('may do no more than a fine-grained token was given', async () => {
    const fake = await open()
    const token = fake.fineGrainedToken('patchferry-bot', { pull_requests: 'read' })
    const ofPulls = await ask(fake, 'GET', `${repository}/pulls`, undefined, token)
    const ofRuns = await ask(fake, 'GET', `${repository}/actions/runs`, undefined, token)
    expect([ofPulls.status, ofRuns.status]).toEqual([200, 403])
  })
})

describe('git of the fake GitHub', () => {
  it('takes pushes of the bot, and of an App that may write contents', async () => {
    const fake = await open({ auth: 'app' })
    for (const token of [fake.token, await installationToken(fake)]) {
      const folder = await cloneWith(fake, token)
      await runGitAsync(folder, ['push', '-q', 'origin', `HEAD:refs/heads/by-${token.slice(0, 3)}`])
    }
    const pushes = fake.hooks.deliveries.filter(({ event }) => event === 'push')
    expect(pushes.map(({ payload }) => payload)).toMatchObject([
      { ref: 'refs/heads/by-git', created: true, pusher: { name: 'patchferry-bot' } },
      { ref: 'refs/heads/by-ghs', sender: { login: 'patchferry[bot]', type: 'Bot' } },
    ])
  })

  it('refuses pushes of those who may only read, and of nobody', async () => {
    const fake = await open()
    const reader = fake.accounts.token(fake.accounts.add('alice').login)
    for (const token of [reader, 'ghp_no', fake.fineGrainedToken('patchferry-bot', {})]) {
      const folder = await cloneWith(fake, token)
      const push = runGitAsync(folder, ['push', '-q', 'origin', 'HEAD:refs/heads/x'])
      await expect(push).rejects.toThrow(/403|could not read Username|Authentication failed/)
    }
  })

  it('takes no workflows of an App that was not given them, and no pull request refs', async () => {
    const fake = await open({ auth: 'app' })
    const folder = await cloneWith(fake, await installationToken(fake))
    await runGitAsync(folder, ['push', '-q', 'origin', 'HEAD:refs/heads/plain'])
    await expect(
      runGitAsync(folder, ['push', '-q', 'origin', 'HEAD:refs/pull/1/head']),
    ).rejects.toThrow(/hidden ref/)
    const stream = `commit refs/heads/ci
committer A <a@example.org> 1 +0000
data 1
c
from refs/heads/main^0
M 100644 inline .github/workflows/ci.yml
data 2
x

`
    await runGitAsync(folder, ['fast-import', '--quiet'], stream)
    await expect(runGitAsync(folder, ['push', '-q', 'origin', 'ci'])).rejects.toThrow(
      /refusing to allow a GitHub App to create or update workflow/,
    )
  })
})

describe('the limits of the fake GitHub', () => {
  it('count what is asked, but not what has not changed', async () => {
    const fake = await open()
    const first = await ask(fake, 'GET', `${repository}/pulls`)
    const known = { 'If-None-Match': first.headers.get('etag') ?? '' }
    const again = await ask(fake, 'GET', `${repository}/pulls`, undefined, fake.token, known)
    const last = await ask(fake, 'GET', `${repository}/pulls`)

    const left = [first, again, last].map(({ headers }) => headers.get('x-ratelimit-remaining'))
    expect([again.status, ...left]).toEqual([304, '4999', '4999', '4998'])
    expect(fake.requests()).toHaveLength(3)
  })

  it('refuse all but the question for them, until they begin anew', async () => {
    const fake = await open()
    fake.limits.setPrimary(0, new Date(Date.now() + 60_000))
    const refused = await ask(fake, 'GET', repository)
    expect(refused.status).toBe(403)
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    expect((await ask(fake, 'GET', '/rate_limit')).body).toMatchObject({ rate: { remaining: 0 } })
    fake.limits.setPrimary(0, new Date(Date.now() - 1))
    expect((await ask(fake, 'GET', repository)).status).toBe(200)
  })

  it('refuse for a while when there is too much at once', async () => {
    const fake = await open()
    fake.limits.refuse({ status: 429, retryAfter: 7, times: 1 })
    const refused = await ask(fake, 'GET', repository)
    expect(refused).toMatchObject({
      status: 429,
      body: { message: expect.stringMatching(/secondary rate limit/) },
    })
    expect(refused.headers.get('retry-after')).toBe('7')
    expect((await ask(fake, 'GET', repository)).status).toBe(200)
  })
})

describe('CI of the fake GitHub', () => {
  const steps = [
    { name: 'Set up', outcome: 'success' },
    { name: 'Build', outcome: 'failure' },
  ] as const
  const job = { name: 'build', outcome: 'failure', steps, log: 'one\ntwo\n' } as const

  it('runs jobs that are check runs as well, with logs behind an address of their own', async () => {
    const fake = await open()
    const sha = await fake.moveBranch(ref)
    await fake.runJob(sha, {
      ...job,
      annotations: [{ level: 'failure', path: 'a', line: 3, message: 'm' }],
    })
    const runs = await ask(fake, 'GET', `${repository}/actions/runs?head_sha=${sha}`)
    const { workflow_runs: listed } = runs.body as {
      readonly workflow_runs: readonly { readonly id: number }[]
    }
    const jobs = await ask(fake, 'GET', `${repository}/actions/runs/${listed[0]?.id}/jobs`)
    expect(jobs.body).toMatchObject({
      jobs: [{ conclusion: 'failure', steps: [{}, { name: 'Build' }] }],
    })
    const checks = await ask(fake, 'GET', `${repository}/commits/${sha}/check-runs`)
    const { check_runs: found } = checks.body as {
      readonly check_runs: readonly { readonly id: number }[]
    }
    expect(found).toMatchObject([{ name: 'build', app: { slug: 'github-actions' } }])
    const id = found[0]?.id
    expect(
      (await ask(fake, 'GET', `${repository}/check-runs/${id}/annotations`)).body,
    ).toMatchObject([
      { path: 'a', start_line: 3, annotation_level: 'failure' },
      { path: '.github', message: 'Process completed with exit code 1.' },
    ])
    const log = await ask(fake, 'GET', `${repository}/actions/jobs/${id}/logs`)
    const location = log.headers.get('location') ?? ''
    expect([log.status, new URL(location).hostname]).toEqual([302, 'localhost'])
    expect(await (await fetch(location)).text()).toMatch(/Z two\n$/)
    const authorized = await fetch(location, { headers: { Authorization: 'Bearer x' } })
    expect(authorized.status).toBe(401)
  })

  it('begins by itself for every head of a pull request, where a test says what it does', async () => {
    const fake = await open()
    fake.onHead(async (sha) => {
      await fake.runJob(sha, { ...job, outcome: 'success' })
    })
    const sha = await fake.moveBranch(ref)
    const pull = { title: 'Topic', head: 'series/topic', base: 'main' }
    await ask(fake, 'POST', `${repository}/pulls`, pull)
    expect(await ask(fake, 'GET', `${repository}/commits/${sha}/check-runs`)).toMatchObject({
      body: { check_runs: [{ name: 'build', pull_requests: [{ number: 1 }] }] },
    })
  })

  it('waits for approval without jobs, and runs red jobs again', async () => {
    const fake = await open({ placement: 'fork' })
    const sha = await fake.moveBranch(ref)
    await fake.runJob(sha, { ...job, outcome: 'approval-needed' })
    const path = `${repository}/actions/runs`
    const { body } = await ask(fake, 'GET', `${path}?status=action_required`)
    const [run] = (body as { readonly workflow_runs: readonly { readonly id: number }[] })
      .workflow_runs
    expect(body).toMatchObject({
      workflow_runs: [{ status: 'completed', conclusion: 'action_required' }],
    })
    const jobs = `${path}/${run?.id}/jobs`
    expect((await ask(fake, 'GET', jobs)).body).toMatchObject({ total_count: 0 })
    expect((await ask(fake, 'POST', `${path}/${run?.id}/approve`)).status).toBe(201)
    expect((await ask(fake, 'GET', jobs)).body).toMatchObject({ jobs: [{ status: 'queued' }] })
    await fake.finishJob(sha, job)
    const again = `${path}/${run?.id}/rerun-failed-jobs`
    expect((await ask(fake, 'POST', again)).status).toBe(201)
    expect((await ask(fake, 'POST', again)).status).toBe(403)
    await fake.finishJob(sha, { ...job, outcome: 'success' })
    expect((await ask(fake, 'GET', `${path}/${run?.id}`)).body).toMatchObject({
      run_attempt: 2,
      conclusion: 'success',
    })
    expect(fake.hooks.deliveries.map(({ event, action }) => `${event}.${action}`)).toContain(
      'check_suite.completed',
    )
  })

  it('tells the worst of all statuses of a commit, and pending where there is none', async () => {
    const fake = await open()
    const sha = await fake.moveBranch(ref)
    async function state(): Promise<unknown> {
      return (await ask(fake, 'GET', `${repository}/commits/${sha}/status`)).body
    }
    expect(await state()).toMatchObject({ state: 'pending', total_count: 0 })
    for (const [context, status] of [
      ['a', 'failure'],
      ['b', 'success'],
      ['a', 'success'],
    ]) {
      await ask(fake, 'POST', `${repository}/statuses/${sha}`, { context, state: status })
    }
    expect(await state()).toMatchObject({ state: 'success', total_count: 2 })
  })

  it('lets no one but an App make check runs', async () => {
    const fake = await open({ auth: 'app', permissions: { checks: 'write' } })
    const sha = await fake.moveBranch(ref)
    const body = { name: 'own', head_sha: sha, conclusion: 'success' }
    const token = await installationToken(fake)
    expect((await ask(fake, 'POST', `${repository}/check-runs`, body)).status).toBe(403)
    expect((await ask(fake, 'POST', `${repository}/check-runs`, body, token)).status).toBe(201)
  })
})

describe('webhooks of the fake GitHub', () => {
  it('can be asked for again by the App', async () => {
    const fake = await open({ auth: 'app' })
    const hook = { config: { url: 'http://127.0.0.1:1/', secret: 'x' }, events: ['push'] }
    const hooks = `${repository}/hooks`
    expect((await ask(fake, 'POST', hooks, hook)).status).toBe(201)
    expect((await ask(fake, 'POST', hooks, hook)).status).toBe(422)
    await fake.moveBranch(ref)
    await fake.hooks.settled()

    const path = '/app/hook/deliveries'
    const { body } = await ask(fake, 'GET', path, undefined, jwtOf(fake))
    expect(body).toMatchObject([
      { event: 'create', guid: fake.hooks.deliveries[1]?.id, status_code: 0 },
      { event: 'push', installation_id: fake.app.installationId },
    ])
    const { port } = new URL(fake.url)
    const config = { url: `http://127.0.0.1:${port}/meta`, secret: 'y' }
    await ask(fake, 'PATCH', '/app/hook/config', config, jwtOf(fake))
    expect((await ask(fake, 'POST', `${path}/1/attempts`, undefined, jwtOf(fake))).status).toBe(202)
    await fake.hooks.settled()
    expect([...fake.hooks.answers.values()]).toEqual([404, 0])
    expect(fake.takeProblems()).toHaveLength(1)
  })
})

describe('registering an App with the fake GitHub', () => {
  it('leads back with a code that is good once', async () => {
    const fake = await open()
    const manifest = {
      name: 'Patchferry',
      url: 'https://example.org',
      redirect_url: 'http://localhost/back',
      default_permissions: { contents: 'write' },
      default_events: ['push'],
    }
    const sent = await fetch(`${fake.url}/settings/apps/new?state=abc`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ manifest: JSON.stringify(manifest) }),
    })
    const back = new URL(sent.headers.get('location') ?? '')
    expect(back.searchParams.get('state')).toBe('abc')
    const path = `/app-manifests/${back.searchParams.get('code')}/conversions`
    expect(await ask(fake, 'POST', path, undefined, null)).toMatchObject({
      status: 201,
      body: { pem: fake.app.privateKey, webhook_secret: fake.app.webhookSecret },
    })
    expect((await ask(fake, 'POST', path, undefined, null)).status).toBe(404)
  })
})

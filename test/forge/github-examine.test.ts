import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { ForgeFinding } from '../../src/forge/forge.ts'
import { openGithubForge } from '../../src/forge/github/open-github-forge.ts'
import { openFakeGithub, usualPermissions } from '../support/fake-github/open-fake-github.ts'
import { driveFakeGithub } from '../support/github-driver.ts'
import { memoryLog } from '../support/memory-log.ts'

const { signal } = new AbortController()
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

async function findingsOf(
  auth: 'app' | 'token',
  placement: 'same-repo' | 'fork',
  changes: Parameters<typeof driveFakeGithub>[2] = {},
): Promise<readonly ForgeFinding[]> {
  const { fake, forge } = await driveFakeGithub(auth, placement, changes)
  closers.push(() => fake.close())
  return forge.examine(signal)
}

function about(findings: readonly ForgeFinding[], what: string): readonly string[] {
  return findings
    .filter((one) => one.what === what)
    .map(({ level, message }) => `${level}: ${message}`)
}

describe('looking at GitHub before it is used', () => {
  it('finds an App in order', async () => {
    const findings = await findingsOf('app', 'fork')

    expect(about(findings, 'account')).toEqual(['ok: writes as patchferry[bot], an App'])
    expect(about(findings, 'permissions')).toEqual(['ok: the App may do all that is needed'])
    expect(about(findings, 'repository')[0]).toMatch(/^ok: acme\/project/)
    expect(about(findings, 'fork')).toEqual(['ok: acme/project-series is a fork of acme/project'])
    expect(findings.every(({ level, remedy }) => (level === 'ok') === (remedy === null))).toBe(true)
  })

  it('finds a user with a token in order', async () => {
    const findings = await findingsOf('token', 'same-repo')

    expect(about(findings, 'account')).toEqual(['ok: writes as patchferry-bot'])
    expect(findings.filter(({ level }) => level === 'failing')).toEqual([])
  })

  it('names the permissions that an App lacks, and what they are for', async () => {
    const { issues: _, actions: __, ...permissions } = usualPermissions
    const fake = await openFakeGithub({ auth: 'app', permissions })
    closers.push(() => fake.close())
    const forge = openGithubForge({
      apiUrl: fake.apiUrl,
      repository: fake.mirror,
      heads: fake.heads,
      auth: { kind: 'app', ...fake.app, privateKey: () => fake.app.privateKey },
      clock: () => new Date(),
      log: memoryLog().logger,
    })
    expect(about(await forge.examine(signal), 'permissions')).toEqual([
      'warning: the App lacks "issues: read", without which the bot cannot hear at once what people comment',
      'warning: the App lacks "actions: write", without which the bot cannot see jobs and logs, and run them again',
    ])
  })

  it('needs no more of an App than `app.yml` asks for, but for workflows that it shall push', async () => {
    const manifest = readFileSync(path.resolve(import.meta.dirname, '../../app.yml'), 'utf8')
    const { default_permissions: permissions } = parse(manifest)
    const fake = await openFakeGithub({ auth: 'app', permissions })
    closers.push(() => fake.close())
    const log = memoryLog()
    function warnings(): readonly unknown[] {
      return log.lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg)
    }
    const options = {
      apiUrl: fake.apiUrl,
      repository: fake.mirror,
      heads: fake.heads,
      auth: { kind: 'app', ...fake.app, privateKey: () => fake.app.privateKey },
      clock: () => new Date(),
      log: log.logger,
    } as const
    const usual = await openGithubForge(options).examine(signal)
    expect(about(usual, 'permissions')).toEqual(['ok: the App may do all that is needed'])
    expect(warnings()).toEqual([])

    const forge = openGithubForge({ ...options, pushesWorkflows: true })
    const lack =
      'the App lacks "workflows: write", without which the bot cannot put the workflows of the overlay on the base branches'
    await forge.gitAuthorization('repository', signal)
    expect(warnings()).toEqual([
      `${lack}: add it in its settings, and accept it for the installation`,
    ])
    expect(about(await forge.examine(signal), 'permissions')).toEqual([`failing: ${lack}`])
    expect(warnings()).toHaveLength(1)
  })

  it('says so where the repository is unknown, the heads are no fork, or the token is bad', async () => {
    const nowhere = { owner: 'acme', name: 'nowhere' }
    const unknown = await findingsOf('token', 'same-repo', { repository: nowhere, heads: nowhere })
    const bad = await findingsOf('token', 'fork', {
      auth: { kind: 'token', token: async () => 'wrong' },
    })

    expect(about(unknown, 'repository')[0]).toMatch(/^failing: .*404/)
    expect(about(bad, 'account')[0]).toMatch(/^failing: .*401/)
    expect([...unknown, ...bad].every((one) => one.level === 'ok' || one.remedy !== null)).toBe(
      true,
    )
    expect(JSON.stringify(bad)).not.toContain('wrong')
  })

  it.each([
    ['read', 'ok: may only read the repository unless they ask for more'],
    [
      'write',
      'warning: may write to the repository without asking, and so may a patch that they run',
    ],
  ])('says that workflows may %s, where it may see that', async (level, message) => {
    const { fake, forge } = await driveFakeGithub('token', 'same-repo', {
      fetch: async (url, init) => {
        const answer = await fetch(url, init)
        return url.endsWith('/actions/permissions/workflow')
          ? new Response((await answer.text()).replace('"read"', JSON.stringify(level)), answer)
          : answer
      },
    })
    closers.push(() => fake.close())
    expect(about(await forge.examine(signal), 'workflows')).toEqual([])
    await fake.allow('patchferry-bot', 'admin')
    expect(about(await forge.examine(signal), 'workflows')).toEqual([message])
  })

  it('tells what became of the last deliveries of an App', async () => {
    const { fake, forge } = await driveFakeGithub('app', 'fork')
    closers.push(() => fake.close())
    const server = createServer((_request, response) => {
      response.writeHead(isUp ? 202 : 502).end()
    })
    let isUp = false
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(async () => void server.close())
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/webhooks/github`
    fake.hooks.target = { url, secret: 'a secret for this test alone' }

    expect(about(await forge.examine(signal), 'webhook')[0]).toMatch(/^ok: .*; nothing yet$/)
    fake.hooks.emit('push', null, {})
    await fake.hooks.settled()
    expect(about(await forge.examine(signal), 'webhook')[0]).toMatch(
      /^warning: .*1 of the last 1 deliveries did not arrive: .*\(502\)$/,
    )
    isUp = true
    fake.hooks.emit('push', null, {})
    await fake.hooks.settled()
    expect(about(await forge.examine(signal), 'webhook')[0]).toMatch(
      /^ok: .*the last one arrived, 1 of the last 2 deliveries did not$/,
    )
  })

  it('finds the installation by the repository where none is given', async () => {
    const fake = await openFakeGithub({ auth: 'app' })
    closers.push(() => fake.close())
    const forge = openGithubForge({
      apiUrl: fake.apiUrl,
      repository: fake.mirror,
      heads: fake.heads,
      auth: {
        kind: 'app',
        ...fake.app,
        privateKey: () => fake.app.privateKey,
        installationId: null,
      },
      clock: () => new Date(),
      log: memoryLog().logger,
    })
    expect(await forge.gitAuthorization('heads', signal)).toMatch(/^Basic /)
  })
})

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type RegisterOptions,
  registerGithubApp,
} from '../../../src/app/forge/register-github-app.ts'

/** What GitHub answers when a code is exchanged; the rest of its fields nobody reads here. */
const answer = {
  id: 17,
  slug: 'patchferry-example',
  name: 'Patchferry (example)',
  html_url: 'https://github.com/apps/patchferry-example',
  pem: '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n',
  webhook_secret: 'a-secret-that-github-made',
}

let folder: string
let api: Server
let asked: string[]

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'patchferry-register-'))
  asked = []
  api = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const isKnown = request.url === '/app-manifests/good/conversions'
    response.writeHead(isKnown ? 201 : 404, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify(isKnown ? answer : { message: 'Not Found' }))
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
})

afterEach(() => {
  api.close()
  api.closeAllConnections()
  rmSync(folder, { recursive: true })
})

function options(changes: Partial<RegisterOptions> = {}): RegisterOptions {
  return {
    githubUrl: 'https://github.com',
    apiUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    organization: 'example',
    name: null,
    webhookUrl: 'https://ci.example.org/webhooks/github',
    port: 0,
    folder,
    ...changes,
  }
}

/** Starts the registration, and a browser that opens its page. */
async function begin(
  changes: Partial<RegisterOptions> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly done: Promise<unknown>; readonly url: string; readonly html: string }> {
  let done: Promise<unknown> = Promise.resolve()
  const url = await new Promise<string>((resolve, reject) => {
    done = registerGithubApp(options(changes), resolve, signal)
    done.catch(reject)
  })
  done.catch(() => undefined)
  return { done, url, html: await (await fetch(url)).text() }
}

function stateOf(html: string): string {
  return /state=(?<state>[0-9a-f]+)"/.exec(html)?.groups?.['state'] ?? ''
}

function manifestOf(html: string): unknown {
  const value = /name="manifest" value="(?<value>[^"]*)"/.exec(html)?.groups?.['value'] ?? ''
  return JSON.parse(
    value
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&'),
  )
}

describe('registering a GitHub App', () => {
  it('sends the browser to GitHub with the least permissions, and keeps the secrets it gets', async () => {
    const { done, url, html } = await begin()

    expect(html).toContain(
      'action="https://github.com/organizations/example/settings/apps/new?state=',
    )
    expect(manifestOf(html)).toMatchObject({
      public: false,
      hook_attributes: { url: 'https://ci.example.org/webhooks/github', active: true },
      redirect_url: `${url}done`,
      default_permissions: { metadata: 'read', contents: 'write', pull_requests: 'write' },
    })
    expect(JSON.stringify(manifestOf(html))).not.toContain('workflows')

    const back = await fetch(`${url}done?code=good&state=${stateOf(html)}`)
    expect(back.status).toBe(200)
    await expect(done).resolves.toMatchObject({ app: { id: 17, url: answer.html_url } })
    expect(asked).toEqual(['POST /app-manifests/good/conversions'])
    const [key, secret] = ['github-app.pem', 'github-webhook-secret'].map((name) =>
      path.join(folder, name),
    )
    expect(readFileSync(key ?? '', 'utf8')).toBe(answer.pem)
    expect(readFileSync(secret ?? '', 'utf8')).toBe(`${answer.webhook_secret}\n`)
    expect(statSync(key ?? '').mode & 0o777).toBe(0o600)
    expect(statSync(secret ?? '').mode & 0o777).toBe(0o600)
  })

  it('belongs to whoever clicks where no organization is named, also on an Enterprise server', async () => {
    const stop = new AbortController()
    const { done, html } = await begin(
      { organization: null, githubUrl: 'https://ghe.example.org', name: 'A <b> & "c"' },
      stop.signal,
    )
    expect(html).toContain('action="https://ghe.example.org/settings/apps/new?state=')
    expect(manifestOf(html)).toMatchObject({ name: 'A <b> & "c"' })
    stop.abort(new Error('enough'))
    await expect(done).rejects.toThrow('enough')
  })

  it('takes no code from anybody who does not know the state', async () => {
    const stop = new AbortController()
    const { done, url } = await begin({}, stop.signal)
    expect((await fetch(`${url}done?code=good&state=guessed`)).status).toBe(404)
    expect((await fetch(`${url}done?code=good`)).status).toBe(404)
    expect(asked).toEqual([])
    stop.abort(new Error('enough'))
    await expect(done).rejects.toThrow('enough')
  })

  it('says that GitHub does not take the code', async () => {
    const { done, url, html } = await begin()
    await fetch(`${url}done?code=stale&state=${stateOf(html)}`)
    await expect(done).rejects.toMatchObject({ code: 'FORGE_BAD_REQUEST' })
  })

  it('never writes over the key of an App in use', async () => {
    writeFileSync(path.join(folder, 'github-app.pem'), 'old')
    await expect(begin()).rejects.toMatchObject({ code: 'CLI_FILE_EXISTS' })
    expect(readFileSync(path.join(folder, 'github-app.pem'), 'utf8')).toBe('old')
  })
})

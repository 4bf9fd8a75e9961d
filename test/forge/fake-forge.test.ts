import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { promises as fs, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import git from 'isomorphic-git'
import gitHttp from 'isomorphic-git/http/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openAccounts } from '../support/fake-forge/accounts.ts'
import { type ApiServer, openApiServer } from '../support/fake-forge/api-server.ts'
import { type GitHost, type ObservedPush, openGitHost } from '../support/fake-forge/git-host.ts'
import { makeOpenApiChecker } from '../support/fake-forge/openapi-checker.ts'
import {
  openWebhookSender,
  type WebhookSender,
  type WebhookTarget,
} from '../support/fake-forge/webhook-sender.ts'
import { githubChecker } from '../support/fake-github/github-checker.ts'
import { runGitAsync } from '../support/run-git-async.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Opened {
  readonly host: GitHost
  readonly server: ApiServer
  readonly pushes: ObservedPush[]
  readonly token: string
}

async function openWithOneRepository(): Promise<Opened> {
  const pushes: ObservedPush[] = []
  const host = openGitHost(async (push) => {
    pushes.push(push)
  })
  await host.create('o/r')
  const accounts = openAccounts('ghp_')
  accounts.add('bot')
  const server = await openApiServer({
    prefixes: ['/api'],
    routes: [
      {
        method: 'GET',
        pattern: '/things/{id}',
        value: ({ params }) => ({ status: 200, body: { id: Number(params['id']) } }),
      },
    ],
    checker: makeOpenApiChecker({
      paths: {
        '/things/{id}': {
          get: {
            operationId: 'things/get',
            parameters: [{ name: 'id', in: 'path', schema: { type: 'integer' } }],
            responses: {
              200: {
                content: {
                  'application/json': {
                    schema: { properties: { id: { type: 'integer', maximum: 9 } } },
                  },
                },
              },
            },
          },
        },
      },
    }),
    git: host,
    admitGit: (asked, shown) => {
      const account = accounts.ofToken(shown ?? '')
      return account === null ? 401 : host.has(asked.repository) ? { login: account.login } : 404
    },
    before: () => null,
    headers: () => ({}),
    pages: () => null,
  })
  onTestFinished(async () => {
    server.takeProblems()
    await server.close()
  })
  return { host, server, pushes, token: accounts.token('bot') }
}

async function makeClone(url: string, authorization: string): Promise<string> {
  const folder = temporaryFolder()
  await runGitAsync(folder, ['init', '-q', '-b', 'main', '.'])
  writeFileSync(path.join(folder, 'file.txt'), 'one\n')
  await runGitAsync(folder, ['add', '.'])
  await runGitAsync(folder, ['commit', '-q', '-m', 'first'])
  await runGitAsync(folder, ['remote', 'add', 'origin', `${url}/o/r.git`])
  await runGitAsync(folder, ['config', 'http.extraHeader', `Authorization: ${authorization}`])
  return folder
}

function basic(token: string): string {
  return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
}

describe('the git host of a fake forge', () => {
  it('takes a push of git with a token, and tells what moved', async () => {
    const { server, pushes, token, host } = await openWithOneRepository()
    const folder = await makeClone(server.url, basic(token))
    await runGitAsync(folder, ['push', '-q', 'origin', 'main'])

    const sha = await runGitAsync(folder, ['rev-parse', 'HEAD'])
    expect(pushes).toEqual([
      {
        repository: 'o/r',
        login: 'bot',
        moved: [{ ref: 'refs/heads/main', before: null, after: sha }],
      },
    ])
    expect(Object.fromEntries(host.refs('o/r'))).toEqual({ 'refs/heads/main': sha })
  })

  it('takes a push of isomorphic-git with a token', async () => {
    const { server, pushes, token } = await openWithOneRepository()
    const dir = await makeClone(server.url, basic(token))
    const url = `${server.url}/o/r.git`
    const result = await git.push({
      fs,
      http: gitHttp,
      dir,
      url,
      ref: 'main',
      remoteRef: 'refs/heads/series/two',
      onAuth: () => ({ username: 'x-access-token', password: token }),
    })

    expect(result.ok).toBe(true)
    expect(pushes.flatMap(({ moved }) => moved.map(({ ref }) => ref))).toEqual([
      'refs/heads/series/two',
    ])
  })

  it('refuses a push without a good token', async () => {
    const { server, pushes } = await openWithOneRepository()
    const folder = await makeClone(server.url, basic('ghp_wrong'))

    await expect(runGitAsync(folder, ['push', '-q', 'origin', 'main'])).rejects.toThrow(
      /could not read Username|Authentication failed/,
    )
    expect(pushes).toEqual([])
  })

  it('tells of what is changed on the forge itself as of a push', async () => {
    const { host, pushes } = await openWithOneRepository()
    const moved = await host.change('o/r', 'web', async (run) => {
      const tree = await run(['mktree'], '')
      const commit = await run(['commit-tree', '-m', 'x', tree])
      await run(['update-ref', 'refs/heads/main', commit])
    })

    expect(moved).toMatchObject([{ ref: 'refs/heads/main', before: null }])
    expect(pushes).toEqual([{ repository: 'o/r', login: 'web', moved }])
    await host.fork('o/r', 'bot/r')
    expect(host.refs('bot/r')).toEqual(host.refs('o/r'))
  })
})

describe('the API of a fake forge', () => {
  it('answers again with nothing when the caller has it', async () => {
    const { server } = await openWithOneRepository()
    const first = await fetch(`${server.url}/api/things/3`)
    const etag = first.headers.get('etag') ?? ''
    const again = await fetch(`${server.url}/api/things/3`, { headers: { 'If-None-Match': etag } })

    expect([first.status, await first.json()]).toEqual([200, { id: 3 }])
    expect(again.status).toBe(304)
    expect(server.calls).toMatchObject([
      { path: '/things/3', status: 200, operation: 'things/get' },
      { path: '/things/3', status: 304 },
    ])
    expect(server.takeProblems()).toEqual([])
  })

  it('collects what is wrong with requests and with its own answers', async () => {
    const { server } = await openWithOneRepository()
    await fetch(`${server.url}/api/things/x?y=1`)
    await fetch(`${server.url}/api/things/10`)
    await fetch(`${server.url}/api/nothing`)

    expect(server.takeProblems()).toEqual([
      expect.stringMatching(/^request GET \/things\/x: path id must be integer/),
      'request GET /things/x: query y is unknown',
      expect.stringMatching(/^answer GET \/things\/10 200: answer\/id must be <= 9/),
      'request GET /nothing: no such operation: GET /nothing',
    ])
  })
})

const pulls = '/repos/o/r/pulls'
const wrongRequests: readonly (readonly [string, string, string, unknown, RegExp])[] = [
  ['no base', 'POST', pulls, { head: 'a', title: 'x' }, /'base'/],
  ['a draft of words', 'POST', pulls, { head: 'a', base: 'b', draft: 'yes' }, /draft must be bool/],
  ['a misspelt name', 'POST', pulls, { head: 'a', base: 'b', titel: 'x' }, /titel is unknown/],
  ['an unknown state', 'GET', `${pulls}?state=everything`, undefined, /query state must be equal/],
  ['an unknown query', 'GET', `${pulls}?stat=open`, undefined, /query stat is unknown/],
  ['an unknown place', 'GET', '/repos/o/r/pull', undefined, /no such operation/],
  ['an unknown verb', 'DELETE', pulls, undefined, /no such operation/],
  ['no body', 'POST', pulls, undefined, /body is missing/],
  ['a body to a question', 'GET', pulls, {}, /body is not described/],
  ['a line of words', 'POST', `${pulls}/1/comments`, { line: '1' }, /line must be integer/],
  [
    'a misspelt name deep down',
    'POST',
    `${pulls}/1/reviews`,
    { comments: [{ path: 'a', body: 'b', lin: 1 }] },
    /comments\/0\/lin is unknown/,
  ],
  ['a state of the answer', 'POST', `${pulls}/1/reviews`, { event: 'COMMENTED' }, /event must be/],
  ['a time of words', 'GET', '/repos/o/r/issues/1/comments?since=today', undefined, /date-time/],
]

describe('the checker of OpenAPI descriptions', () => {
  it.each(wrongRequests)('finds %s', (_, method, target, body, problem) => {
    const { pathname, searchParams } = new URL(target, 'http://localhost')
    const { problems } = githubChecker.request(method, pathname, searchParams, body)
    expect(problems.join('\n')).toMatch(problem)
  })

  it.each<readonly [string, string, unknown]>([
    ['POST', pulls, { head: 'o:a', base: 'main', title: 'x', draft: true, body: 'y' }],
    ['PUT', '/repos/o/r/issues/1/labels', { labels: ['a'] }],
    ['GET', `${pulls}?state=all&head=o%3Aa&per_page=100&page=2`, undefined],
    ['GET', '/repos/o/r/commits/heads/series/x/status', undefined],
  ])('has nothing against %s %s', (method, target, body) => {
    const { pathname, searchParams } = new URL(target, 'http://localhost')
    expect(githubChecker.request(method, pathname, searchParams, body).problems).toEqual([])
  })

  it('finds a webhook payload that no such event has', () => {
    expect(githubChecker.webhook('pull_request', 'opened', { action: 'opened' })).not.toEqual([])
    expect(githubChecker.webhook('no_such_event', null, {})).toEqual([
      'no such webhook: no_such_event null',
    ])
  })

  it('lets every operation refuse, when it says why', () => {
    const { operation } = githubChecker.request('GET', pulls, new URLSearchParams(), undefined)
    expect(operation).not.toBeNull()
    function answer(status: number, body: unknown): readonly string[] {
      return operation === null ? [] : githubChecker.answer(operation, status, body)
    }
    expect(answer(403, { message: 'no' })).toEqual([])
    expect(answer(403, {})).not.toEqual([])
    expect(answer(418, { message: 'no' })).not.toEqual([])
    expect(answer(201, {})).toEqual(['status 201 is not described'])
  })
})

interface Received {
  readonly id: string
  readonly body: string
  readonly signature: string
}

async function openReceiver(): Promise<{ target: WebhookTarget; received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { 'x-id': id, 'x-signature': signature } = request.headers
      received.push({ id: String(id), body, signature: String(signature) })
      response.writeHead(202).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const { port } = server.address() as AddressInfo
  return { received, target: { url: `http://127.0.0.1:${port}/hook`, secret: 'shared' } }
}

function openSender(target: WebhookTarget): WebhookSender {
  const sender = openWebhookSender({
    headers: ({ id }, { sha256 }) => ({ 'X-Id': id, 'X-Signature': sha256 }),
    write: (payload) => JSON.stringify(payload),
  })
  sender.target = target
  return sender
}

describe('the webhooks of a fake forge', () => {
  it('are signed and come in order', async () => {
    const { target, received } = await openReceiver()
    const sender = openSender(target)
    sender.emit('push', null, { n: 1 })
    sender.emit('push', null, { n: 2 })
    await sender.settled()

    expect(received.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}'])
    expect(received.map(({ id }) => id)).toEqual(sender.deliveries.map(({ id }) => id))
    for (const { body, signature } of received) {
      expect(signature).toBe(createHmac('sha256', 'shared').update(body).digest('hex'))
    }
    expect([...sender.answers.values()]).toEqual([202, 202])
  })

  it('are lost, doubled and held as a test says, and come again when asked for', async () => {
    const { target, received } = await openReceiver()
    const sender = openSender(target)
    sender.fate = ({ event }) => event as 'lose' | 'double' | 'hold'
    for (const event of ['lose', 'double', 'hold', 'hold']) {
      sender.emit(event, null, { n: sender.deliveries.length })
    }
    await sender.settled()
    expect(received.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":1}'])

    await sender.release((held) => held.toReversed())
    await sender.redeliver(sender.deliveries[0]?.id ?? '')
    expect(received.slice(2).map(({ body }) => body)).toEqual(['{"n":3}', '{"n":2}', '{"n":0}'])
    expect(received.at(-1)?.id).toBe(sender.deliveries[0]?.id)
  })

  it('find nobody without harm', async () => {
    const sender = openSender({ url: 'http://127.0.0.1:1/', secret: 'x' })
    sender.emit('push', null, {})
    await sender.settled()
    expect([...sender.answers.values()]).toEqual([0])
  })
})

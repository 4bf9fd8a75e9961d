import { generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { type RefName, toSha } from '../../src/core/ids.ts'
import type { Forge } from '../../src/forge/forge.ts'
import {
  type GithubForgeOptions,
  openGithubForge,
} from '../../src/forge/github/open-github-forge.ts'
import { openRequestBudget } from '../../src/forge/github/request-budget.ts'
import { memoryLog } from '../support/memory-log.ts'
import {
  type ScriptedAnswer,
  type ScriptedRequest,
  type ScriptedServer,
  scriptedServer,
} from '../support/scripted-server.ts'

const { signal } = new AbortController()
const sha = toSha('a'.repeat(40))
const secret = 'ghp_very_secret'
const name = { owner: 'mirror', name: 'project' }
const ref = 'refs/heads/series/topic' as RefName
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

const check = {
  origin: 'actions-job',
  context: 'build',
  sha,
  state: 'failure',
  summary: '',
  targetUrl: null,
  logId: 'job:7',
  failingStep: null,
  excerpt: '',
  startedAt: null,
  finishedAt: null,
} as const

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

interface Bench {
  readonly forge: Forge
  readonly server: ScriptedServer
  readonly logText: () => string
  /** Lets time pass. */
  readonly pass: (ms: number) => void
}

async function bench(
  answer: (request: ScriptedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>,
  changes: Partial<GithubForgeOptions> = {},
): Promise<Bench> {
  const server = await scriptedServer(answer)
  closers.push(() => server.close())
  const log = memoryLog()
  let nowMs = Date.parse('2026-11-21T12:00:00Z')
  return {
    server,
    logText: log.text,
    pass: (ms) => {
      nowMs += ms
    },
    forge: openGithubForge({
      apiUrl: server.url,
      repository: name,
      heads: name,
      auth: { kind: 'token', token: async () => secret },
      clock: () => new Date(nowMs),
      log: log.logger,
      ...changes,
    }),
  }
}

function refused(status: number, message: string, headers = {}): ScriptedAnswer {
  return { status, headers, body: { message } }
}

describe('what GitHub refuses', () => {
  it.each([
    [401, 'FORGE_FORBIDDEN', 'after-human'],
    [403, 'FORGE_FORBIDDEN', 'after-human'],
    [404, 'FORGE_NOT_FOUND', 'after-human'],
    [410, 'FORGE_NOT_FOUND', 'after-human'],
    [409, 'FORGE_BAD_REQUEST', 'never'],
    [422, 'FORGE_BAD_REQUEST', 'never'],
    [500, 'FORGE_UNREACHABLE', 'later'],
    [502, 'FORGE_UNREACHABLE', 'later'],
  ])('by %i is %s, to be tried %s', async (status, code, retry) => {
    const { forge, logText } = await bench(() => refused(status, 'Sorry about that'))
    const fault: unknown = await forge.listReviews(1, signal).catch((error: unknown) => error)

    expect(fault).toMatchObject({
      code,
      retry,
      message: expect.stringContaining('Sorry about that'),
    })
    expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).not.toContain(secret)
    expect(logText()).not.toContain(secret)
  })

  it('is told with the particulars', async () => {
    const errors = [{ field: 'title', code: 'missing' }, { message: 'body is too long' }]
    const { forge } = await bench(() => ({
      status: 422,
      body: { message: 'Validation Failed', errors },
    }))
    await expect(forge.closePullRequest(1, signal)).rejects.toThrow(
      'PATCH /repos/{owner}/{repo}/pulls/{pull_number}: 422 Validation Failed: title missing: body is too long',
    )
  })

  it('is FORGE_UNREACHABLE where nobody answers', async () => {
    const { forge, server } = await bench(() => ({}))
    await server.close()
    closers.length = 0
    await expect(forge.getPullRequest(1, signal)).rejects.toMatchObject({
      code: 'FORGE_UNREACHABLE',
      retry: 'later',
    })
  })

  it('is FORGE_UNREACHABLE where the answer breaks off', async () => {
    const { forge } = await bench(() => ({
      headers: { 'content-length': '99', connection: 'close' },
      body: [],
    }))
    await expect(forge.openPullRequests(signal)).rejects.toMatchObject({
      code: 'FORGE_UNREACHABLE',
    })
  })

  it('is the reason of the signal where we gave up ourselves', async () => {
    const abort = new AbortController()
    const { forge } = await bench(() => {
      abort.abort(new Error('enough'))
      return new Promise(() => {})
    })
    await expect(forge.getPullRequest(1, abort.signal)).rejects.toThrow('enough')
  })
})

describe('the limits of GitHub', () => {
  it('end requests until the hour is over', async () => {
    const resetAt = new Date('2026-11-21T12:30:00Z')
    let isOver = false
    const headers = {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(resetAt.getTime() / 1000),
    }
    const { forge, server, pass } = await bench(() =>
      isOver ? { status: 404 } : refused(403, 'API rate limit exceeded', headers),
    )
    for (let count = 0; count < 3; count += 1) {
      await expect(forge.getPullRequest(1, signal)).rejects.toMatchObject({
        code: 'FORGE_RATE_LIMITED',
        retry: 'later',
        details: { resetAt },
      })
    }
    expect(server.requests).toHaveLength(1)
    expect(forge.usage()).toEqual({ calls: 1, unmodified: 0, remaining: 0, resetAt })
    pass(30 * 60_000)
    isOver = true
    expect(await forge.getPullRequest(1, signal)).toBeNull()
  })

  it.each([
    ['as long as it says', refused(429, 'slow down', { 'retry-after': '90' }), 90_000],
    [
      'a minute where it does not say',
      refused(403, 'You have exceeded a secondary rate limit'),
      60_000,
    ],
  ])('have us pause %s', async (_how, answer, pauseMs) => {
    const { forge, server, pass } = await bench(() => answer)
    const limited = { code: 'FORGE_RATE_LIMITED', retry: 'later' }
    await expect(forge.getPullRequest(1, signal)).rejects.toMatchObject(limited)
    pass(pauseMs - 1)
    await expect(forge.getPullRequest(1, signal)).rejects.toMatchObject(limited)
    expect(server.requests).toHaveLength(1)
    pass(1)
    await expect(forge.getPullRequest(1, signal)).rejects.toMatchObject(limited)
    expect(server.requests).toHaveLength(2)
    // The second time in a row it is twice as long.
    pass(119_999)
    await expect(forge.getPullRequest(1, signal)).rejects.toMatchObject(limited)
    expect(server.requests).toHaveLength(2)
  })

  it('are kept before GitHub has to say so', async () => {
    const limits = { pointsPerMinute: 1000, writesPerMinute: 2, writesPerHour: 3 }
    let nowMs = Date.parse('2026-11-21T12:00:00Z')
    const { forge, server } = await bench(
      ({ path }) => (path.endsWith('status?per_page=100&page=1') ? { body: { statuses: [] } } : {}),
      { budget: openRequestBudget(() => new Date(nowMs), limits) },
    )
    async function say(context: string): Promise<void> {
      await forge.setStatus({ ...check, context, logId: null }, signal)
    }
    await say('one')
    await say('two')
    await expect(say('three')).rejects.toMatchObject({
      code: 'FORGE_RATE_LIMITED',
      details: { resetAt: new Date('2026-11-21T12:01:00Z') },
    })
    nowMs += 60_000
    await say('three')
    await expect(say('four')).rejects.toMatchObject({
      details: { resetAt: new Date('2026-11-21T13:00:00Z') },
    })
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(3)
  })

  it('count for all repositories of one account', async () => {
    const budget = openRequestBudget(() => new Date('2026-11-21T12:00:00Z'), {
      pointsPerMinute: 1,
      writesPerMinute: 9,
      writesPerHour: 9,
    })
    const one = await bench(() => ({ body: [] }), { budget })
    const other = await bench(() => ({ body: [] }), { budget })
    await one.forge.openPullRequests(signal)
    await expect(other.forge.openPullRequests(signal)).rejects.toMatchObject({
      code: 'FORGE_RATE_LIMITED',
    })
  })

  it('are kept by writing one thing at a time', async () => {
    let [now, most] = [0, 0]
    const { forge } = await bench(async () => {
      now += 1
      most = Math.max(most, now)
      await new Promise((resolve) => setImmediate(resolve))
      now -= 1
      return { status: 422, body: { message: 'no' } }
    })
    await Promise.allSettled([1, 2, 3, 4].map((one) => forge.closePullRequest(one, signal)))
    expect(most).toBe(1)
  })
})

describe('asking the same again', () => {
  it('costs nothing where nothing has changed', async () => {
    const { forge, server } = await bench(({ headers }) =>
      headers['if-none-match'] === '"v1"'
        ? { status: 304 }
        : { headers: { etag: '"v1"' }, body: [] },
    )
    expect(await forge.openPullRequests(signal)).toEqual([])
    expect(await forge.openPullRequests(signal)).toEqual([])
    expect(await forge.findPullRequests(ref, signal)).toEqual([])

    expect(server.requests.map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      '"v1"',
      undefined,
    ])
    expect(forge.usage()).toMatchObject({ calls: 3, unmodified: 1 })
  })
})

describe('the log of a job', () => {
  it('is fetched from where it lies without showing our token there', async () => {
    const store = await scriptedServer(() => ({ body: `\ufeff${'line\n'.repeat(1000)}end\n` }))
    closers.push(() => store.close())
    const { forge, server } = await bench(({ path }) =>
      path.endsWith('/logs')
        ? { status: 302, headers: { location: `${store.url}/blob?sig=1` } }
        : { body: { steps: [{ name: 'Build', status: 'completed', conclusion: 'failure' }] } },
    )
    const log = await forge.readLog(check, 20, signal)

    expect(log).toEqual({
      steps: [{ name: 'Build', outcome: 'failure', startedAt: null, finishedAt: null }],
      annotations: [],
      text: 'line\nline\nline\nend\n',
      isCut: true,
    })
    expect(store.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/blob?sig=1', undefined],
    ])
    expect(
      server.requests.every(({ headers }) => headers.authorization === `token ${secret}`),
    ).toBe(true)
    expect(forge.usage().calls).toBe(2)
  })

  it.each([404, 410, 403])(
    'is absent where GitHub answers %i, and the steps are not',
    async (status) => {
      const { forge } = await bench(({ path }) =>
        path.endsWith('/logs')
          ? refused(status, 'gone')
          : { body: { steps: [{ name: 'Build', status: 'in_progress', conclusion: null }] } },
      )
      expect(await forge.readLog(check, 20, signal)).toMatchObject({
        steps: [{ outcome: 'running' }],
        text: null,
        isCut: false,
      })
    },
  )

  it('is what an app wrote, where no job of GitHub ran', async () => {
    const { forge, server } = await bench(({ path }) =>
      path.includes('/annotations')
        ? {
            body: [
              { path: '.github', start_line: 1, annotation_level: 'notice', message: 'all' },
              { path: 'a.c', start_line: 3, annotation_level: 'failure', message: 'bad' },
            ],
          }
        : { body: { output: { title: 'Two faults', summary: 'See below.', text: null } } },
    )
    const foreign = { ...check, logId: 'check-run:9:annotated-2' }

    expect(await forge.readLog(foreign, 1000, signal)).toEqual({
      steps: [],
      annotations: [
        { level: 'notice', path: null, line: null, message: 'all' },
        { level: 'failure', path: 'a.c', line: 3, message: 'bad' },
      ],
      text: 'Two faults\n\nSee below.',
      isCut: false,
    })
    expect(server.requests).toHaveLength(2)
  })
})

describe('the tokens of an App', () => {
  const app = { kind: 'app', appId: '42', privateKey: () => privateKey, installationId: 7 } as const

  function minting(): {
    readonly answer: (request: ScriptedRequest) => ScriptedAnswer
    readonly minted: () => number
    refuseOnce: string | null
  } {
    let minted = 0
    const state = {
      refuseOnce: null as string | null,
      minted: () => minted,
      answer: ({ path, headers }: ScriptedRequest): ScriptedAnswer => {
        if (path.endsWith('/access_tokens')) {
          minted += 1
          return {
            status: 201,
            body: { token: `ghs_${minted}`, expires_at: '2026-11-21T13:00:00Z', permissions: {} },
          }
        }
        if (state.refuseOnce === headers.authorization) {
          state.refuseOnce = null
          return refused(401, 'Bad credentials')
        }
        return { body: [] }
      },
    }
    return state
  }

  it('are used for an hour but five minutes, by all who ask', async () => {
    const { answer, minted } = minting()
    const { forge, server, pass } = await bench(answer, { auth: app })
    await Promise.all([forge.openPullRequests(signal), forge.listReviews(1, signal)])
    expect(minted()).toBe(1)
    expect(server.requests[0]?.path).toBe('/app/installations/7/access_tokens')
    pass(55 * 60_000 - 1)
    await forge.openPullRequests(signal)
    expect(minted()).toBe(1)
    pass(1)
    await forge.openPullRequests(signal)
    expect(minted()).toBe(2)
    expect(server.requests.at(-1)?.headers.authorization).toBe('token ghs_2')
  })

  it('serve git too', async () => {
    const { answer } = minting()
    const { forge } = await bench(answer, { auth: app })
    const basic = Buffer.from('x-access-token:ghs_1').toString('base64')

    expect(await forge.gitAuthorization('heads', signal)).toBe(`Basic ${basic}`)
  })

  it('for git are of the account that has the fork', async () => {
    const { forge, server } = await bench(
      ({ path }) =>
        path === '/repos/bot/project/installation'
          ? { body: { id: 8 } }
          : {
              status: 201,
              body: { token: path, expires_at: '2026-11-21T13:00:00Z', permissions: {} },
            },
      { auth: app, heads: { owner: 'bot', name: 'project' } },
    )
    const token = '/app/installations/8/access_tokens'
    const basic = Buffer.from(`x-access-token:${token}`).toString('base64')

    expect(await forge.gitAuthorization('heads', signal)).toBe(`Basic ${basic}`)
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/repos/bot/project/installation',
      token,
    ])
  })

  it('are had anew when GitHub takes one no more, once', async () => {
    const state = minting()
    const { forge, server } = await bench(state.answer, { auth: app })
    state.refuseOnce = 'token ghs_1'
    expect(await forge.openPullRequests(signal)).toEqual([])
    expect(state.minted()).toBe(2)
    expect(server.requests.at(-1)?.headers.authorization).toBe('token ghs_2')
  })

  it('are not had by something that is no key, which is not quoted', async () => {
    const broken = { ...app, privateKey: () => 'my secret words' }
    const { forge } = await bench(() => ({}), { auth: broken })
    const asking = forge.openPullRequests(signal)

    await expect(asking).rejects.toMatchObject({ code: 'FORGE_FORBIDDEN' })
    await expect(asking).rejects.not.toThrow('secret words')
  })
})

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { githubHooks } from '../../src/app/forge/github-hooks.ts'
import type { RefName } from '../../src/core/ids.ts'
import type { ForgeEvent } from '../../src/core/pull-request/forge-event.ts'
import { ask } from '../support/fake-github/ask.ts'
import { type FakeGithub, openFakeGithub } from '../support/fake-github/open-fake-github.ts'

const ref = 'refs/heads/series/topic' as RefName
const repository = '/repos/acme/project'

interface Received {
  readonly fake: FakeGithub
  readonly events: (ForgeEvent | null)[]
}

/** A fake whose deliveries are read as the service reads them. */
async function openReceived(): Promise<Received> {
  const fake = await openFakeGithub({ placement: 'fork' })
  const secret = { reveal: () => fake.app.webhookSecret }
  const events: (ForgeEvent | null)[] = []
  const hooks = await githubHooks(
    {
      name: 'github',
      kind: 'github',
      url: fake.url,
      apiUrl: fake.apiUrl,
      access: { kind: 'token', token: { reveal: () => fake.token } },
      webhookSecret: secret,
      smeeUrl: null,
      pollMs: 600_000,
    },
    secret.reveal(),
    async (event) => {
      events.push(event)
      return 'taken'
    },
  )
  const { signal } = new AbortController()
  const server = createServer((request, response) => {
    void buffer(request)
      .then((body) => hooks.receive(request.headers as Record<string, string>, body, signal))
      .then((outcome) => {
        if (outcome === 'ignored') {
          events.push(null)
        }
        response.writeHead(202).end()
      })
      .catch((error: unknown) => response.writeHead(400).end(String(error)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  fake.hooks.target = { url: `http://127.0.0.1:${port}/`, secret: fake.app.webhookSecret }
  onTestFinished(async () => {
    await fake.close()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { fake, events }
}

async function hints({ fake, events }: Received): Promise<readonly unknown[]> {
  await fake.hooks.settled()
  return events.splice(0).map((event) => event?.hint ?? null)
}

async function openPull(received: Received): Promise<string> {
  const { fake } = received
  const sha = await fake.moveBranch(ref)
  const head = `${fake.heads.owner}:series/topic`
  await ask(fake, 'POST', `${repository}/pulls`, { title: 'Topic', head, base: 'main' })
  return sha
}

describe('deliveries of the fake GitHub, as the driver reads them,', () => {
  it('tell of a pull request from its beginning to its end', async () => {
    const received = await openReceived()
    const { fake } = received
    await openPull(received)
    const changed = { kind: 'pull-request-changed', pullRequest: 1 }
    expect(await hints(received)).toEqual(
      expect.arrayContaining([{ kind: 'pushed', ref }, changed]),
    )
    await fake.label(1, 'alice', 'mine')
    await fake.comment(1, 'alice', 'what?')
    await fake.closeAsPerson(1)
    expect(await hints(received)).toEqual([changed, { kind: 'commented', pullRequest: 1 }, changed])
  })

  it('tell of a review and of its remarks', async () => {
    const received = await openReceived()
    const commit = (await openPull(received)) as never
    await hints(received)
    const place = { path: 'file.txt', line: 10, startLine: null, side: 'new' } as const
    const comments = [{ ...place, body: 'why' }]
    await received.fake.review(1, 'alice', { commit, body: 'so', comments, state: 'approved' })

    const reviewed = { kind: 'reviewed', pullRequest: 1 }
    expect(await hints(received)).toEqual([reviewed, reviewed])
  })

  it('tell that checks changed, and when something ended', async () => {
    const received = await openReceived()
    const sha = (await openPull(received)) as never
    await hints(received)
    await received.fake.runJob(sha, { name: 'build', outcome: 'running', steps: [], log: '' })
    const begun = await hints(received)
    await received.fake.finishJob(sha, { name: 'build', outcome: 'success', steps: [], log: 'x' })
    const ended = await hints(received)

    expect(begun).not.toContainEqual({ kind: 'checks-changed', sha, isEnd: true })
    expect(ended).toContainEqual({ kind: 'checks-changed', sha, isEnd: true })
  })

  it('are refused with another secret', async () => {
    const received = await openReceived()
    const { fake } = received
    const target = fake.hooks.target ?? { url: '', secret: '' }
    fake.hooks.target = { ...target, secret: 'another' }
    await fake.moveBranch(ref)

    expect(await hints(received)).toEqual([])
    expect(new Set(fake.hooks.answers.values())).toEqual(new Set([400]))
  })
})

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ForgeEvent } from '../../src/core/pull-request/forge-event.ts'
import { giteaWebhookReader } from '../../src/forge/gitea/gitea-webhook.ts'
import { headRef, openPullRequest } from '../contract/forge/forge-values.ts'
import { type GiteaUnderTest, openGiteaUnderTest } from '../support/fake-gitea/gitea-under-test.ts'

describe.each(['Forgejo 16', 'Gitea 1.25'] as const)('the webhooks of %s', (version) => {
  const reader = giteaWebhookReader('agreed')
  let tested: GiteaUnderTest
  let events: (ForgeEvent | null)[]
  const server = createServer((request, response) => {
    void buffer(request)
      .then((body) => reader.read(request.headers as Record<string, string>, body))
      .then(
        (event) => {
          events.push(event)
          response.end()
        },
        () => response.writeHead(401).end(),
      )
  })

  beforeEach(async () => {
    events = []
    tested = await openGiteaUnderTest(version, 'same-repo')
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    tested.fake.hooks.target = { url: `http://127.0.0.1:${port}/`, secret: 'agreed' }
  })
  afterEach(async () => {
    await tested.close()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  it('hint at everything that happens', async () => {
    const { number, sha } = await openPullRequest(tested, { labels: [] })
    const moved = await tested.moveBranch(headRef)
    await tested.comment(number, 'alice', '/retest')
    const review = { commit: moved, body: 'Fine.', comments: [] }
    await tested.review(number, 'alice', { ...review, state: 'approved' })
    const job = { name: 'build', outcome: 'failure', steps: [], log: 'x\n' } as const
    await tested.runJob(moved, job)
    await tested.closeAsPerson(number)
    await tested.fake.hooks.settled()

    const changed = { kind: 'pull-request-changed', pullRequest: number }
    const ended = { kind: 'checks-changed', sha: moved, isEnd: true }
    const pushed = { kind: 'pushed', ref: headRef }
    expect(sha).not.toBe(moved)
    expect(events.map((event) => event?.hint)).toEqual([
      pushed,
      pushed,
      changed,
      pushed,
      changed,
      { kind: 'commented', pullRequest: number },
      { kind: 'reviewed', pullRequest: number },
      ended,
      ...(version === 'Gitea 1.25' ? [ended] : []),
      changed,
    ])
    expect(new Set(events.map((event) => event?.repository))).toEqual(new Set(['people/project']))
    expect(new Set(events.map((event) => event?.deliveryId)).size).toBe(events.length)
  })

  it('are refused with another secret', async () => {
    const { target } = tested.fake.hooks
    tested.fake.hooks.target = { url: target?.url ?? '', secret: 'another' }
    await tested.moveBranch(headRef)
    await tested.fake.hooks.settled()

    expect(events).toEqual([])
    expect(new Set(tested.fake.hooks.answers.values())).toEqual(new Set([401]))
  })
})

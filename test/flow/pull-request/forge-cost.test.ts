import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRuntime } from '../../../src/app/runtime.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import type { Sha } from '../../../src/core/ids.ts'
import { ingestSource } from '../../../src/flow/intake/ingest-source.ts'
import { takeHint } from '../../../src/flow/pull-request/take-hint.ts'
import { lanes, runDueJobs } from '../../../src/flow/run-jobs.ts'
import type { Forge } from '../../../src/forge/forge.ts'
import { openGithubForge } from '../../../src/forge/github/open-github-forge.ts'
import { readGithubEvent } from '../../../src/forge/github/read-github-event.ts'
import { createLogger } from '../../../src/log/logger.ts'
import { demoWorlds } from '../../support/demo-world.ts'
import { type FakeGithub, openFakeGithub } from '../../support/fake-github/open-fake-github.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { arriveOwn, ownPatch } from '../../support/own-series.ts'

const worlds = demoWorlds()
const never = new AbortController().signal
const log = createLogger({ level: 'error', destination: { write: () => true }, secrets: [] })
const minuteMs = 60_000

const patch = ownPatch({ name: 'one', subject: 'greet: say hi', file: 'hi', adds: 'hi' })

/** The service on a fake GitHub, on a clock that each pass moves on. */
interface Service {
  readonly fake: FakeGithub
  /** Takes the webhooks that came, and does what is due after so many minutes. */
  pass(minutes: number): Promise<void>
  /** Requests since the last call, as `GET /pulls`. */
  requests(): readonly string[]
  head(): Sha
  /** As the service does every few minutes. */
  reconcile(): Promise<void>
  mails(): Promise<readonly string[]>
  /** How many answers said that nothing changed: GitHub does not count those. */
  unmodified(): number
  close(): Promise<void>
}

let service: Service
beforeEach(async () => {
  service = await start()
})
afterEach(() => service.close())

async function start(): Promise<Service> {
  const world = await worlds.fresh()
  const fake = await openFakeGithub({ auth: 'app', placement: 'same-repo' })
  const mirror = `${fake.mirror.owner}/${fake.mirror.name}`
  await fake.git.change(mirror, 'acme', async (git) => {
    await git(['fetch', '--quiet', `${world.directory}/upstream.git`, '+main:refs/heads/main'])
  })
  // The clock of a forge is the real one; ours is only ever moved on.
  let now = Date.now()
  const forge: Forge = openGithubForge({
    apiUrl: fake.apiUrl,
    repository: fake.mirror,
    heads: fake.heads,
    auth: { kind: 'app', ...fake.app, privateKey: () => fake.app.privateKey },
    clock: () => new Date(),
    log: memoryLog().logger,
  })
  const basic = Buffer.from(`x-access-token:${fake.token}`).toString('base64')
  const remote = { url: `${fake.url}/${mirror}.git`, authorization: `Basic ${basic}` }
  let taken = 0
  let counted = 0

  const config = await loadConfig(world.config, {})
  const opened = await openRuntime(config, { clock: () => new Date(now), log })
  const projects = opened.ports.projects.map((project) => ({
    ...project,
    forge,
    mirror: remote,
    heads: remote,
    project: { ...project.project, placement: 'secretless-mirror' as const, tests: null },
  }))
  const ports = { ...opened.ports, projects }

  async function takeHints(): Promise<void> {
    const [project] = projects
    for (const { id, event, payload } of fake.hooks.deliveries.slice(taken)) {
      const read = readGithubEvent({ name: event, id, payload })
      if (read !== null && project !== undefined) {
        await takeHint(read, project, ports)
      }
    }
    taken = fake.hooks.deliveries.length
  }

  await arriveOwn(world, patch)
  return {
    fake,
    async pass(minutes) {
      await takeHints()
      now += minutes * minuteMs
      for (const source of opened.sources) {
        await ingestSource(source, ports, never)
      }
      for (let count = -1; count !== 0; ) {
        count = 0
        for (const kinds of lanes) {
          count += await runDueJobs(kinds, 'test', ports, never, never)
        }
      }
    },
    reconcile: () =>
      ports.store.transaction((tx) => tx.enqueue('reconcile', 'hello', new Date(now))),
    async mails() {
      const outbox = await ports.store.read((reader) => reader.outbox({ limit: 9 }))
      return outbox.map(({ mail }) => mail.text)
    },
    unmodified: () => forge.usage().unmodified,
    async close() {
      await opened.close()
      await fake.close()
    },
    requests() {
      const all = fake.requests().slice(counted)
      counted += all.length
      return all.map(({ method, path }) =>
        `${method} ${path}`
          .replace(/^(\S+) \/repos\/[^/]+\/[^/]+/, '$1 ')
          .replaceAll(/[0-9a-f]{40}|\b\d+\b/g, 'N'),
      )
    },
    head() {
      const refs = fake.git.refs(mirror)
      const found = [...refs].find(([ref]) => ref.startsWith('refs/heads/series/'))
      return (found?.[1] ?? '') as Sha
    },
  }
}

const looking = ['GET /actions/runs', 'GET /commits/N/check-runs', 'GET /commits/N/status']

describe('a series on GitHub, from mail to report', () => {
  it('costs at most twelve requests: one version, a failing job, webhooks delivered', async () => {
    await service.pass(0)
    const head = service.head()
    await service.fake.runJob(head, {
      name: 'unit',
      outcome: 'failure',
      steps: [{ name: 'make check', outcome: 'failure' }],
      log: 'not ok 1 - says hi\n##[error]Process completed with exit code 1.\n',
    })
    await service.pass(3)
    await service.pass(0)
    const requests = service.requests()

    expect(await service.mails()).toEqual([
      expect.stringMatching(/fails its test: unit[^]* {2}\| not ok 1 - says hi\n/),
    ])
    expect(requests.toSorted()).toEqual(
      [
        'POST /app/installations/N/access_tokens',
        'POST /pulls',
        'POST /issues/N/labels',
        ...looking,
        // The base: is it red there too?
        'GET /actions/runs',
        'GET /commits/N/check-runs',
        'GET /actions/jobs/N',
        'GET /actions/jobs/N/logs',
        'GET /pulls/N',
        'POST /issues/N/labels',
      ].toSorted(),
    )
    expect(requests.length).toBeLessThanOrEqual(12)
  }, 30_000)

  it('costs next to nothing when it is over: a listing now and then, which says that nothing changed', async () => {
    await service.pass(0)
    await service.fake.runJob(service.head(), {
      name: 'unit',
      outcome: 'success',
      steps: [{ name: 'make check', outcome: 'success' }],
      log: 'ok 1 - says hi\n',
    })
    await service.pass(3)
    await service.reconcile()
    await service.pass(5)
    service.requests()
    const before = service.unmodified()
    for (let count = 0; count < 12; count += 1) {
      await service.reconcile()
      await service.pass(5)
    }

    const requests = service.requests()
    expect(new Set(requests)).toEqual(new Set(['GET /pulls']))
    expect(requests).toHaveLength(12)
    expect(service.unmodified() - before).toBe(12)
  }, 30_000)
})

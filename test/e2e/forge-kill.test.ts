import { afterEach, describe, expect, it } from 'vitest'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { readOutgoing, readRefs, verify } from '../../src/app/demo/verify.ts'
import type { Sha } from '../../src/core/ids.ts'
import { markerKey } from '../../src/forge/marker.ts'
import type { RunningJob } from '../contract/forge/forge-under-test.ts'
import { demoWorlds } from '../support/demo-world.ts'
import type { WebhookSender } from '../support/fake-forge/webhook-sender.ts'
import { openFakeGitea } from '../support/fake-gitea/fake-gitea.ts'
import { openFakeGithub } from '../support/fake-github/open-fake-github.ts'
import {
  giteaPlace,
  placeOnGitea,
  useForgejo,
  useGithub,
  webhookSecret,
} from '../support/forge-config.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { liveAsService, liveHere, type ServiceSurroundings } from '../support/service-lives.ts'

const wantedKills = Number(process.env['PATCHFERRY_KILLS'] ?? 2)
/** With a number of kills of its own choice a person has time. */
const isLong = process.env['PATCHFERRY_KILLS'] !== undefined
const seed = Number(process.env['PATCHFERRY_SEED'] ?? Date.now() % 1_000_000)

const anyTime = 'any-time'
/** Outward acts, after which nobody has written down yet that they happened, and a kill at any time. */
const steps: readonly string[] = [
  'push',
  'pull-request',
  'checks',
  'edit',
  'comment',
  'send',
  anyTime,
]
/** About as long as a life with a few series lasts. */
const anyTimeMs = 4_000
/** Between calm lives: a job whose worker died twelve times is given up, and rightly so. */
const mostDeaths = 4
/** When a service that was told nothing looks at results by itself is sooner than this. */
const laterMs = 5 * 60_000
const mostNaps = 5

/** A forge that a world is on, as the test looks at it. */
interface Outside {
  readonly hooks: WebhookSender
  /** Where deliveries go, on the server of the service. */
  readonly hookPath: string
  /** Of the repository that pull requests are in. */
  readonly api: string
  /** The branches of series are in `heads`; without them a head is known by its commit alone. */
  readonly hasBranches: boolean
  readonly token: string
  /** The bare repository that refs of ours are in. */
  readonly heads: string
  takeProblems(): readonly string[]
}

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) {
    await close()
  }
})

const worlds = demoWorlds()

/** What CI makes of a head: what the scenario expects of its tree. */
function jobFor(world: DemoWorld, tree: string): RunningJob {
  const isRed = world.scenario.expectations.some(
    (one) => one.tree === tree && one.verdict === 'failure',
  )
  const outcome = isRed ? 'failure' : 'success'
  return {
    name: 'build',
    outcome,
    steps: [{ name: 'make check', outcome }],
    log: isRed ? 'got: Hello, World!!\nmake: *** [check] Error 1\n' : 'all is well\n',
  }
}

async function onGithub(world: DemoWorld): Promise<Outside> {
  const github = await openFakeGithub({ placement: 'fork', auth: 'app' })
  closers.push(() => github.close())
  await useGithub(world, github)
  const heads = `${github.heads.owner}/${github.heads.name}`
  github.onHead(async (sha: Sha) => {
    const tree = await github.git.git(heads, ['rev-parse', `${sha}^{tree}`])
    await github.runJob(sha, jobFor(world, tree))
  })
  return {
    hooks: github.hooks,
    hookPath: '/webhooks/github',
    api: `${github.apiUrl}/repos/${github.mirror.owner}/${github.mirror.name}`,
    token: github.token,
    hasBranches: true,
    heads: github.git.directory(heads),
    takeProblems: () => github.takeProblems(),
  }
}

async function onForgejo(world: DemoWorld, placement: 'agit' | 'fork'): Promise<Outside> {
  const fake = await openFakeGitea('Forgejo 16')
  closers.push(() => fake.close())
  const token = await placeOnGitea(fake)
  await useForgejo(world, fake, token, placement)
  const { git } = fake.world
  fake.onHead(async (sha) =>
    jobFor(world, await git.git(giteaPlace.mirror, ['rev-parse', `${sha}^{tree}`])),
  )
  return {
    hooks: fake.hooks,
    hookPath: '/webhooks/forgejo',
    api: `${fake.url}/api/v1/repos/${giteaPlace.mirror}`,
    token,
    hasBranches: placement === 'fork',
    heads: git.directory(giteaPlace.fork),
    takeProblems: () => fake.takeProblems(),
  }
}

interface Pull {
  readonly number: number
  readonly state: string
  readonly draft: boolean
  readonly title: string
  readonly head: { readonly ref: string; readonly sha: string }
  readonly base: { readonly ref: string }
  readonly labels: readonly { readonly name: string }[]
}

async function ask<T>({ api, token }: Outside, below: string): Promise<T> {
  const response = await fetch(`${api}${below}`, { headers: { Authorization: `token ${token}` } })
  expect(response.status).toBe(200)
  return (await response.json()) as T
}

/** Every pull request there ever was, by its head, with the keys of its comments. */
async function pullsOf(outside: Outside): Promise<readonly unknown[]> {
  const pulls = await ask<readonly Pull[]>(outside, '/pulls?state=all')
  const told = pulls.map(async ({ number, state, draft, title, head, base, labels }) => {
    const comments = await ask<readonly { readonly body: string }[]>(
      outside,
      `/issues/${number}/comments`,
    )
    return {
      head: outside.hasBranches ? `${head.ref} ${head.sha}` : head.sha,
      base: base.ref,
      state,
      draft,
      title,
      labels: labels.map(({ name }) => name).toSorted(),
      comments: comments.map(({ body }) => markerKey(body) ?? body).toSorted(),
    }
  })
  return (await Promise.all(told)).toSorted((a, b) => a.head.localeCompare(b.head))
}

/** What the world sees. */
async function outcome(world: DemoWorld, outside: Outside): Promise<unknown> {
  const sent = await readOutgoing(world.outgoing)
  return {
    refs: Object.fromEntries(await readRefs(outside.heads)),
    pulls: await pullsOf(outside),
    reports: sent
      .map(({ messageId, inReplyTo, kind }) => ({ messageId, inReplyTo, kind }))
      .toSorted((a, b) => a.messageId.localeCompare(b.messageId)),
  }
}

const places = [
  { name: 'GitHub, as an App with a fork', open: onGithub },
  { name: 'Forgejo, without branches', open: (world: DemoWorld) => onForgejo(world, 'agit') },
  { name: 'Forgejo, with a fork', open: (world: DemoWorld) => onForgejo(world, 'fork') },
].slice(0, isLong ? 3 : 2)

type Kills = Map<string, number>

function total(kills: Kills): number {
  return [...kills.values()].reduce((sum, one) => sum + one, 0)
}

/** One world on one forge, and how its service lives there. */
interface Stage {
  readonly world: DemoWorld
  readonly outside: Outside
  readonly random: () => number
  aheadMs: number
}

function surroundings({ outside, aheadMs }: Stage): ServiceSurroundings {
  const { hooks, hookPath } = outside
  return {
    aheadMs,
    settled: () => hooks.settled(),
    onListening(address) {
      hooks.target = { url: `${address}${hookPath}`, secret: webhookSecret }
      // What an earlier life was to hear comes late, and the last of it first.
      void hooks.release((held) => held.toReversed())
    },
  }
}

/** Deliveries arrive, some of them twice; what was lost before is found by polling. */
async function liveCalmly(stage: Stage): Promise<void> {
  stage.outside.hooks.fate = () => (stage.random() < 0.2 ? 'double' : 'deliver')
  for (let naps = 0; await liveHere(stage.world, surroundings(stage)); naps += 1) {
    expect(naps).toBeLessThan(mostNaps)
    stage.aheadMs += laterMs
  }
}

/** One life, to die at a step that was killed least, while deliveries are lost, doubled and late. */
async function liveDangerously(stage: Stage, kills: Kills): Promise<void> {
  const { random } = stage
  stage.outside.hooks.fate = () => {
    const drawn = random()
    if (drawn < 0.2) {
      return 'lose'
    }
    return drawn < 0.4 ? 'double' : drawn < 0.5 ? 'hold' : 'deliver'
  }
  const least = Math.min(...steps.map((step) => kills.get(step) ?? 0))
  const rare = steps.filter((step) => (kills.get(step) ?? 0) === least)
  const target = rare[Math.floor(random() * rare.length)] ?? anyTime
  const { killedAt } = await liveAsService(
    stage.world,
    target === anyTime ? [] : [target],
    target === anyTime ? Math.floor(random() * anyTimeMs) : null,
    surroundings(stage),
  )
  if (killedAt !== null) {
    kills.set(killedAt, (kills.get(killedAt) ?? 0) + 1)
  }
}

/** Plays the scenario; with kills, some mails at a time. */
async function play(stage: Stage, kills: Kills | null): Promise<void> {
  const { world, random } = stage
  let count = 0
  for (const { mails } of world.scenario.acts) {
    for (let next = 0; next < mails.length; ) {
      const size = kills === null ? mails.length : Math.ceil(mails.length / 2)
      for (const mail of mails.slice(next, next + size)) {
        count += 1
        await deliver(world.inbox, `${1_700_000_000 + count}.M${count}P1.test`, mail.raw)
      }
      next += size
      const deaths = kills === null ? 0 : 1 + Math.floor(random() * mostDeaths)
      for (
        let death = 0;
        kills !== null && death < deaths && total(kills) < wantedKills;
        death += 1
      ) {
        await liveDangerously(stage, kills)
      }
      await liveCalmly(stage)
    }
  }
}

describe.each(places)('the service on $name', ({ name, open }) => {
  it(
    'makes one pull request of each topic and says everything once, however often it is killed',
    async () => {
      const random = seededRandom(seed)
      async function stage(): Promise<Stage> {
        const world = await worlds.fresh()
        return { world, outside: await open(world), random, aheadMs: 0 }
      }
      const calm = await stage()
      await play(calm, null)
      const { scenario } = calm.world
      const wrong = calm.outside.hasBranches
        ? await verify(scenario, calm.outside.heads, calm.world.outgoing)
        : []
      expect(wrong).toEqual([])
      const expected = await outcome(calm.world, calm.outside)
      const published = scenario.expectations.filter((one) => one.isNewest && one.tree !== null)
      expect(expected).toHaveProperty('pulls.length', published.length)

      const kills: Kills = new Map()
      const startedAt = Date.now()
      while (total(kills) < wantedKills) {
        const { world, outside, ...rest } = await stage()
        await play({ world, outside, ...rest }, kills)
        expect(await outcome(world, outside)).toEqual(expected)
        expect(outside.takeProblems()).toEqual([])
      }
      const perStep = steps.map((step) => `${step} ${kills.get(step) ?? 0}`).join(', ')
      const seconds = Math.round((Date.now() - startedAt) / 1_000)
      process.stdout.write(
        `${name}, seed ${seed}: ${total(kills)} kills in ${seconds} s: ${perStep}\n`,
      )
    },
    Math.max(5, wantedKills / 2) * 60_000,
  )
})

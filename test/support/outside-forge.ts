import { expect, onTestFinished } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing, readRefs } from '../../src/app/demo/verify.ts'
import type { Sha } from '../../src/core/ids.ts'
import { markerKey } from '../../src/forge/marker.ts'
import type { RunningJob } from '../contract/forge/forge-under-test.ts'
import type { WebhookSender } from './fake-forge/webhook-sender.ts'
import { openFakeGitea } from './fake-gitea/fake-gitea.ts'
import { closePull } from './fake-gitea/pull-life.ts'
import { openFakeGithub } from './fake-github/open-fake-github.ts'
import { giteaPlace, placeOnGitea, useForgejo, useGithub, webhookSecret } from './forge-config.ts'
import type { ServiceSurroundings } from './service-lives.ts'

/** A forge that a world is on, as the test looks at it. */
export interface Outside {
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
  /** A person does, by its number. */
  closePull(number: number): Promise<void>
}

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

/** Puts the world on a GitHub, with a fork, for one test. */
export async function onGithub(world: DemoWorld): Promise<Outside> {
  const github = await openFakeGithub({ placement: 'fork', auth: 'app' })
  onTestFinished(() => github.close())
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
    closePull: (number) => github.closeAsPerson(number),
  }
}

/** Puts the world on a Forgejo, for one test. */
export async function onForgejo(world: DemoWorld, placement: 'agit' | 'fork'): Promise<Outside> {
  const fake = await openFakeGitea('Forgejo 16')
  onTestFinished(() => fake.close())
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
    async closePull(number) {
      const repository = fake.world.repositories.get(giteaPlace.mirror)
      const pull = repository?.pulls.get(number)
      if (repository === undefined || pull === undefined) {
        throw new Error(`there is no pull request ${number}`)
      }
      closePull(fake.world, repository, pull, 'people')
    },
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
export async function pullsOf(outside: Outside): Promise<readonly unknown[]> {
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
export async function outcome(world: DemoWorld, outside: Outside): Promise<unknown> {
  const sent = await readOutgoing(world.outgoing)
  return {
    refs: Object.fromEntries(await readRefs(outside.heads)),
    pulls: await pullsOf(outside),
    reports: sent
      .map(({ messageId, inReplyTo, kind }) => ({ messageId, inReplyTo, kind }))
      .toSorted((a, b) => a.messageId.localeCompare(b.messageId)),
  }
}

/** What a service on this forge lives among: its webhooks reach it. */
export function surroundings({ hooks, hookPath }: Outside, aheadMs: number): ServiceSurroundings {
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

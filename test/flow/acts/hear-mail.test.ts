import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DemoWorld, deliver } from '../../../src/app/demo/set-up.ts'
import type { TrustPolicy } from '../../../src/core/project.ts'
import { explain } from '../../../src/flow/acts/inspect.ts'
import { heldApplication } from '../../../src/flow/publish/held-application.ts'
import { rebuild } from '../../../src/flow/recovery/rebuild.ts'
import { demoWorlds } from '../../support/demo-world.ts'
import { memoryForge } from '../../support/memory-forge.ts'
import { arriveOwn, ownId, ownPatch } from '../../support/own-series.ts'
import { openPullBench, type PullBench, topicsOf } from '../../support/pull-bench.ts'

const worlds = demoWorlds()
const ci = '.github/workflows/hi.yml'
const approver = 'ada@maintainers.example'

interface Reply {
  readonly text: string
  readonly from?: string
  readonly server?: string
  readonly result?: string
  readonly signs?: string
  readonly answers?: string
  readonly date?: Date
  readonly fields?: readonly string[]
}

let count = 0

/** An answer as it came from the mail server: proven, unless it says otherwise. */
async function reply(
  world: DemoWorld,
  mail: Reply,
  name = `reply-${(count += 1)}`,
): Promise<string> {
  const id = `${name}@maintainers.example`
  const from = mail.from ?? approver
  const domain = from.slice(from.indexOf('@') + 1)
  const raw = [
    `Authentication-Results: ${mail.server ?? 'mx.example.org'}; dkim=${mail.result ?? 'pass'} header.d=${domain}`,
    `DKIM-Signature: v=1; d=${domain}; ${mail.signs ?? 'h=from:subject:date:in-reply-to'}; b=x`,
    `From: Ada <${from}>`,
    `Date: ${(mail.date ?? new Date(Date.now() + 365 * 86_400_000)).toUTCString()}`,
    `Message-ID: <${id}>`,
    `In-Reply-To: <${mail.answers ?? ownId('one')}>`,
    'Subject: Re: [PATCH] greet: say hi',
    ...(mail.fields ?? []),
    '',
    mail.text,
    '',
  ].join('\n')
  await deliver(world.inbox, `1700000002.${id}.${(count += 1)}.test`, raw)
  return id
}

interface Scene {
  readonly world: DemoWorld
  readonly bench: PullBench
  readonly head: string
}

function trust(approvers: readonly string[]): TrustPolicy {
  const authservIds = ['mx.example.org']
  return { ciPaths: [], unknownSenders: 'test', authservIds, knownSenders: [], approvers }
}

/** The head of the newest version. */
async function heldHead(bench: PullBench): Promise<string> {
  return bench.with(({ store }) =>
    store.read(async (reader) => {
      const [topic] = await reader.topics({ limit: 1, offset: 0 })
      const held = topic === undefined ? null : await heldApplication(topic.topic, reader)
      return held?.application.outcome === 'applied' ? held.application.head : 'nothing is held'
    }),
  )
}

/** A series that is held. */
async function held(): Promise<Scene> {
  const world = await worlds.fresh()
  const { forge } = memoryForge(world.mirror)
  const bench = openPullBench(world, forge, { trust: trust([`@${approver.split('@')[1] ?? ''}`]) })
  const subject = 'greet: say hi'
  await arriveOwn(world, ownPatch({ name: 'one', subject, file: ci, adds: 'on: push' }))
  await bench.pass()
  expect(await topicsOf(bench)).toMatchObject([{ state: 'held' }])
  return { world, bench, head: await heldHead(bench) }
}

async function told(bench: PullBench, id: string): Promise<readonly string[]> {
  const decisions = (await bench.with(({ store }) => explain(id, store))) ?? []
  return decisions
    .filter(({ rule, messageId }) => rule === 'release-by-mail' && messageId === id)
    .map(({ result }) => result)
}

async function approvals(bench: PullBench): Promise<readonly string[]> {
  const entries: string[] = []
  await bench.with(async ({ journal }) => {
    const signal = new AbortController().signal
    for await (const { by, decision } of journal.decisions(signal)) {
      if (decision.kind === 'approve') {
        entries.push(`${decision.head} ${by}`)
      }
    }
  })
  return entries
}

describe('an answer by mail to a held series', () => {
  it('releases nothing without proof or naming, and explain says why where anybody may', async () => {
    const { world, bench, head } = await held()
    const text = 'ok to test v1'
    const cases: readonly (readonly [Reply, RegExp])[] = [
      [{ text, from: 'mallory@elsewhere.example' }, /not among those who may release/],
      [{ text, result: 'fail' }, /no server that is trusted here confirms/],
      [{ text, server: 'mx.mallory.example' }, /no server that is trusted here confirms/],
      [{ text, signs: 'h=from:date:in-reply-to; l=0' }, /covers its whole text/],
      [{ text, signs: 'h=from:date' }, /it has to name the head/],
      [{ text, date: new Date('2025-03-03T12:30:00Z') }, /is from before [0-9a-f]{40} was held/],
      [{ text: 'ok to test' }, /it has to name one version or head/],
      [{ text: 'ok to test v2' }, /what is held is version 1, not 2/],
      [{ text: `ok to test ${'0'.repeat(40)}` }, new RegExp(`what is held is ${head} now`)],
    ]
    const ids: string[] = []
    for (const [mail] of cases) {
      ids.push(await reply(world, mail))
    }
    const silent = [
      await reply(world, { text: `> ${text}\n\nNo.` }),
      await reply(world, { text, fields: ['Auto-Submitted: auto-replied'] }),
      await reply(world, { text, answers: 'nobody@knows.example' }),
      await reply(world, { text, from: 'patchferry@example.org' }),
    ]
    await bench.pass()
    for (const [index, [, why]] of cases.entries()) {
      expect(await told(bench, ids[index] ?? '')).toEqual([expect.stringMatching(why)])
    }
    for (const id of silent) {
      expect(await told(bench, id)).toEqual([])
    }
    expect(await topicsOf(bench)).toMatchObject([{ state: 'held' }])
    expect(await approvals(bench)).toEqual([])
    expect(bench.failures).toEqual([])

    const deaf = openPullBench(world, memoryForge(world.mirror).forge, { trust: trust([]) })
    const unheard = await reply(world, { text })
    await deaf.pass()
    await deaf.pass()
    expect(await told(deaf, unheard)).toEqual([])
    expect(await topicsOf(deaf)).toMatchObject([{ state: 'held' }])
  }, 60_000)

  it('releases the version or head it names, once, whichever of its copies is proven, and a rebuild knows it', async () => {
    const { world, bench, head } = await held()
    const text = 'ok to test v1'
    const id = await reply(world, { text, result: 'fail' }, 'copies')
    await reply(world, { text }, 'copies')
    await bench.pass()
    await reply(world, { text }, 'copies')
    await bench.pass()
    expect(await topicsOf(bench)).toMatchObject([{ state: 'success', version: '1' }])
    const once = [`${head} ${approver} by mail ${id}`]
    expect(await approvals(bench)).toEqual(once)

    const two = { name: 'two', counter: 'v2', inReplyTo: 'one', minute: 5 }
    const subject = 'greet: say hi'
    await arriveOwn(world, ownPatch({ ...two, subject, file: ci, adds: 'on: release' }))
    await bench.pass()
    const [topic] = await topicsOf(bench)
    expect(topic).toMatchObject({ state: 'held', version: '2' })
    const late = await reply(world, { text: `ok to test ${head}` })
    await bench.pass()
    expect(await told(bench, late)).toEqual([expect.stringContaining('what is held is')])

    const second = await heldHead(bench)
    const date = new Date('2025-03-03T12:30:00Z')
    const naming = `Fine.\n/patchferry approve ${second.slice(0, 12)}`
    const bare = await reply(world, { text: naming, signs: 'h=from', date })
    await bench.pass()
    expect(await topicsOf(bench)).toMatchObject([{ state: 'success', version: '2' }])
    const both = [...once, `${second} ${approver} by mail ${bare}`]
    expect(await approvals(bench)).toEqual(both)
    expect(bench.failures).toEqual([])

    await rm(path.join(world.directory, 'state/store.sqlite'))
    await bench.with((ports) => rebuild(ports, () => undefined, new AbortController().signal))
    await bench.pass()
    expect(await topicsOf(bench)).toMatchObject([{ state: 'success', version: '2' }])
    expect(await approvals(bench)).toEqual(both)
    expect(bench.failures).toEqual([])
  }, 60_000)
})

import { expect, it } from 'vitest'
import { readOutgoing } from '../../../src/app/demo/verify.ts'
import { demoWorlds } from '../../support/demo-world.ts'
import { memoryForge } from '../../support/memory-forge.ts'
import { arriveOwn, ownId, ownPatch } from '../../support/own-series.ts'
import { openPullBench, published, topicsOf } from '../../support/pull-bench.ts'

const worlds = demoWorlds()

const old = ownPatch({ name: 'old', subject: 'greet: say hi', file: 'hi', adds: 'hi' })
const newer = ownPatch({
  name: 'newer',
  counter: 'v2',
  subject: 'greet: say hi',
  file: 'hi',
  adds: 'hello',
  inReplyTo: 'old',
  minute: 30,
})
const fresh = ownPatch({ name: 'fresh', subject: 'greet: say bye', file: 'bye', adds: 'bye' })

it('a forge that was set back to yesterday gets again what it lost: one pull request a topic, no mail twice', async () => {
  const world = await worlds.fresh()
  const forge = memoryForge(world.mirror)
  const bench = openPullBench(world, forge.forge)
  await arriveOwn(world, old)
  await bench.pass()
  const setBack = forge.backUp()

  await arriveOwn(world, newer, fresh)
  await bench.pass()
  const before = forge.pulls()
  expect(before).toHaveLength(2)
  const sent = await readOutgoing(world.outgoing)

  setBack()
  forge.edit(1, { title: 'of yesterday', labels: ['series/v1'] })
  await bench.pass()
  await bench.pass()
  expect(forge.pulls()).toMatchObject(
    before.map(({ number, title, labels, headSha, state }) => ({
      number,
      title,
      labels,
      headSha,
      state,
    })),
  )
  expect(await published(bench, ownId('fresh'))).toContain(
    'pull-request-lost: #2 is not on the forge any more: it is looked for, and opened again',
  )
  expect(bench.failures.join('')).toContain('the forge has lost a pull request')
  expect(await readOutgoing(world.outgoing)).toEqual(sent)

  forge.takeCalls()
  await bench.pass()
  expect(forge.takeCalls()).toEqual(['openPullRequests'])
}, 120_000)

it('finds its own again when its number was given to something else meanwhile', async () => {
  const world = await worlds.fresh()
  const forge = memoryForge(world.mirror)
  const bench = openPullBench(world, forge.forge)
  const setBack = forge.backUp()
  await arriveOwn(world, old)
  await bench.pass()
  setBack()
  await bench.with(({ projects }) =>
    Promise.all(
      projects.map(({ forge: other }) =>
        other.ensurePullRequest(
          {
            headRef: 'refs/heads/main' as never,
            baseRef: 'refs/heads/main' as never,
            number: null,
            title: 'of somebody',
            body: '',
            draft: false,
            labels: [],
          },
          new AbortController().signal,
        ),
      ),
    ),
  )
  await bench.pass()
  await bench.pass()
  expect(forge.pulls()).toMatchObject([
    { number: 1, title: 'of somebody', body: '' },
    { number: 2, title: 'greet: say hi', state: 'open' },
  ])
  expect(forge.comments(1)).toEqual([])
  expect(await topicsOf(bench)).toMatchObject([{ pullRequest: 2 }])
}, 120_000)

it('leaves alone what a person deleted while later ones are there', async () => {
  const world = await worlds.fresh()
  const forge = memoryForge(world.mirror)
  const bench = openPullBench(world, forge.forge)
  await arriveOwn(world, old)
  await bench.pass()
  await arriveOwn(world, fresh)
  await bench.pass()
  forge.edit(1, { number: -1, state: 'closed' })
  await bench.pass()
  expect(forge.pulls().filter(({ state }) => state === 'open')).toMatchObject([{ number: 2 }])
}, 120_000)

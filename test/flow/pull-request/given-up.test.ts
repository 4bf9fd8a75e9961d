import { describe, expect, it } from 'vitest'
import { BotError } from '../../../src/core/bot-error.ts'
import type { TopicId } from '../../../src/core/ids.ts'
import { retest } from '../../../src/flow/acts/operator-acts.ts'
import { noteLostPulls } from '../../../src/flow/pull-request/given-up.ts'
import { maxAttempts } from '../../../src/flow/run-jobs.ts'
import { demoWorlds } from '../../support/demo-world.ts'
import { memoryForge } from '../../support/memory-forge.ts'
import { arriveOwn, ownId, ownPatch } from '../../support/own-series.ts'
import { openPullBench, published, topicsOf } from '../../support/pull-bench.ts'

const worlds = demoWorlds()
const patch = ownPatch({ name: 'one', subject: 'greet: say hi', file: 'hi', adds: 'hi' })

describe('a pull request that the forge refuses for good', () => {
  it('makes its topic a problem, which is said once, until a person tries again', async () => {
    const world = await worlds.fresh()
    const { forge, pulls } = memoryForge(world.mirror, { checks: true })
    let isRefused = true
    const bench = openPullBench(world, {
      ...forge,
      async ensurePullRequest(spec, signal) {
        if (isRefused) {
          throw new BotError('FORGE_BAD_REQUEST', 'a rule forbids it', { retry: 'never' })
        }
        return forge.ensurePullRequest(spec, signal)
      },
    })
    await arriveOwn(world, patch)
    await bench.pass()
    await bench.pass()
    const [topic] = await topicsOf(bench)
    expect(topic).toMatchObject({ state: 'problem', verdict: null, pullRequest: null })
    const said = (await published(bench, ownId('one'))).filter((one) => one.includes('given-up'))
    expect(said).toEqual([
      'pull-request-given-up: its pull request is not brought up to date any more: FORGE_BAD_REQUEST: a rule forbids it',
    ])

    isRefused = false
    await bench.with((ports) => retest(topic?.topic as TopicId, null, 'ada', ports))
    await bench.pass()
    expect(pulls()).toMatchObject([{ number: 1, state: 'open' }])
    const [again] = await topicsOf(bench)
    expect(again?.state).not.toBe('problem')
  }, 60_000)
})

describe('a pull request whose worker dies again and again', () => {
  it('makes its topic a problem at the next start, until a person tries again', async () => {
    const world = await worlds.fresh()
    const { forge, pulls } = memoryForge(world.mirror, { checks: true })
    let isDeadly = true
    const bench = openPullBench(world, {
      ...forge,
      async ensurePullRequest(spec, signal) {
        if (isDeadly) {
          throw new BotError('FORGE_UNREACHABLE', 'not now', { retry: 'later' })
        }
        return forge.ensurePullRequest(spec, signal)
      },
    })
    await arriveOwn(world, patch)
    await bench.pass()
    expect(await topicsOf(bench)).toMatchObject([{ state: 'testing' }])
    await bench.with(async (ports) => {
      const far = new Date(ports.clock().getTime() + 86_400_000)
      for (let death = 0; death < maxAttempts; death += 1) {
        expect(await ports.store.claim(['pull'], 'worker', far, far)).not.toBeNull()
        await ports.store.sweep(new Date(far.getTime() + 1), maxAttempts, true)
      }
      await noteLostPulls(ports)
      await noteLostPulls(ports)
    })
    const [topic] = await topicsOf(bench)
    expect(topic).toMatchObject({ state: 'problem', pullRequest: null })
    const said = (await published(bench, ownId('one'))).filter((one) => one.includes('given-up'))
    expect(said).toEqual([expect.stringMatching(/died or lost its lease 12 times/)])

    isDeadly = false
    await bench.with((ports) => retest(topic?.topic as TopicId, null, 'ada', ports))
    await bench.pass()
    expect(pulls()).toMatchObject([{ number: 1, state: 'open' }])
  }, 60_000)
})

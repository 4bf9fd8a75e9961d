import { describe, expect, it } from 'vitest'
import { noteCommentHint } from '../../../src/flow/pull-request/hear-comments.ts'
import { notePullRequestHint } from '../../../src/flow/pull-request/reconcile-pull-requests.ts'
import { demoWorlds } from '../../support/demo-world.ts'
import { memoryForge } from '../../support/memory-forge.ts'
import { arriveOwn, ownId, ownPatch } from '../../support/own-series.ts'
import { openPullBench, published, topicsOf } from '../../support/pull-bench.ts'

const worlds = demoWorlds()

function version(
  name: string,
  counter: string,
  file: string,
  adds: string,
): ReturnType<typeof ownPatch> {
  const subject = 'greet: say hi'
  return ownPatch({
    name,
    counter,
    subject,
    file,
    adds,
    ...(name === 'one' ? {} : { inReplyTo: 'one' }),
    minute: Number(counter.slice(1)),
  })
}

const ci = '.github/workflows/hi.yml'

describe('a comment on the pull request of a held version', () => {
  it('releases it where the account may write, for the head that is held and no other', async () => {
    const world = await worlds.fresh()
    const { forge, allow, say, comments, pulls } = memoryForge(world.mirror)
    const bench = openPullBench(world, forge)
    allow('ada', 'write')
    await arriveOwn(world, version('one', 'v1', 'hi', 'hi'))
    await bench.pass()
    await arriveOwn(world, version('two', 'v2', ci, 'on: push'))
    await bench.pass()
    expect(await topicsOf(bench)).toMatchObject([{ state: 'held', pullRequest: 1 }])
    expect(pulls()).toMatchObject([{ labels: ['series/held', 'series/v1'] }])
    const told = comments(1).at(-1)?.body ?? ''
    const head = /\/patchferry approve ([0-9a-f]{40})/.exec(told)?.[1] ?? ''

    say(1, 'mallory', `/patchferry approve ${head}`)
    say(1, 'ada', `/patchferry approve ${'0'.repeat(40)}`)
    await bench.pass()
    expect(await topicsOf(bench)).toMatchObject([{ state: 'held' }])

    say(1, 'ada', `I looked at it.\n\n/patchferry approve ${head}`)
    await bench.with(async (ports) =>
      ports.store.transaction(async (tx) => {
        await noteCommentHint('hello', 1, ports, tx)
        await noteCommentHint('hello', 7, ports, tx)
        await notePullRequestHint('hello', 7, ports, tx)
      }),
    )
    await bench.pass()
    expect(await topicsOf(bench)).toMatchObject([{ state: 'success', version: '2' }])
    expect(pulls()).toMatchObject([{ headSha: head }])

    await arriveOwn(world, version('three', 'v3', ci, 'on: [push, release]'))
    await bench.pass()
    expect(await topicsOf(bench)).toMatchObject([{ state: 'held', version: '3' }])
    say(1, 'ada', 'ok to test')
    await bench.pass()
    expect(await topicsOf(bench)).toMatchObject([{ state: 'success', version: '3' }])
    expect((await published(bench, ownId('one'))).join('\n')).not.toContain('foreign-branch')
    expect(bench.failures).toEqual([])
  }, 60_000)
})

describe('a sender who is not known', () => {
  it('is held where the policy says so, and tested where a trusted server vouches for the address', async () => {
    const world = await worlds.fresh()
    const { forge, pulls } = memoryForge(world.mirror)
    const bench = openPullBench(world, forge, {
      trust: {
        ciPaths: [],
        unknownSenders: 'hold',
        authservIds: ['mx.example.org'],
        knownSenders: ['@contributor.example'],
        approvers: [],
      },
    })
    const mails = ['none', 'pass'].map((result) => {
      const mail = ownPatch({
        name: result,
        subject: `greet: ${result}`,
        file: result,
        adds: result,
      })
      const proof = `Authentication-Results: mx.example.org; dkim=${result} header.d=contributor.example`
      return { ...mail, raw: `${proof}\n${mail.raw}` }
    })
    await arriveOwn(world, ...mails)
    await bench.pass()
    const states = (await topicsOf(bench)).map(({ name, state }) => `${name}: ${state}`)
    expect(states.toSorted()).toEqual(['greet: none: held', 'greet: pass: success'])
    expect(pulls()).toHaveLength(1)
  }, 60_000)
})

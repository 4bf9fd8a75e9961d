import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { DemoMail } from '../../src/app/demo/mails.ts'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { readOutgoing, readRefs } from '../../src/app/demo/verify.ts'
import { demoWorlds, sync } from '../support/demo-world.ts'
import { arriveOwn, ownId, ownPatch } from '../support/own-series.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

const worlds = demoWorlds()

const lower = ownPatch({ name: 'lower', subject: 'lower: a name', file: 'names/list', adds: 'one' })

function upper(message: readonly string[], below: readonly string[] = []): DemoMail {
  return ownPatch({
    name: 'upper',
    subject: 'upper: a second name',
    file: 'names/list',
    before: ['one'],
    adds: 'two',
    message,
    below,
    minute: 1,
  })
}

const dependsOnLower = [`Depends-on: <${ownId('lower')}>`]

function patchIdOf({ raw }: DemoMail): string {
  const line = execFileSync('git', ['patch-id', '--stable'], { input: raw, encoding: 'utf8' })
  return line.split(' ')[0] ?? ''
}

function git(world: DemoWorld, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', world.mirror, ...args], { encoding: 'utf8' }).trim()
}

/** The commits of these mails on the mirror, and the parent of the last. */
async function commits(
  world: DemoWorld,
  ...names: readonly string[]
): Promise<{ readonly shas: readonly (string | undefined)[]; readonly parent: string }> {
  const refs = await readRefs(world.mirror)
  const shas = names.map((name) => refs.get(`refs/mail/${ownId(name)}`))
  return { shas, parent: git(world, 'rev-parse', `refs/mail/${ownId(names.at(-1) ?? '')}^`) }
}

interface Told {
  readonly step: unknown
  readonly rule: unknown
}

async function explain(
  world: DemoWorld,
  name: string,
  ...steps: readonly string[]
): Promise<readonly Told[]> {
  const { stdout } = await runHere(['explain', '--json', ownId(name), '--config', world.config])
  return jsonLines(stdout)
    .filter(({ step }) => steps.includes(String(step)))
    .map(({ step, rule }) => ({ step, rule }))
}

async function kindsFor(world: DemoWorld, name: string): Promise<readonly string[]> {
  const sent = await readOutgoing(world.outgoing)
  return sent.filter(({ inReplyTo }) => inReplyTo === ownId(name)).map(({ kind }) => kind)
}

describe('a series that is built on one which is not merged', () => {
  it.each([
    ['depends-on', upper(dependsOnLower)],
    ['prerequisite', upper([], [`prerequisite-patch-id: ${patchIdOf(lower)}`])],
  ])('is applied on the head of that series, by %s', async (rule, mail) => {
    const world = await worlds.fresh()
    await arriveOwn(world, lower)
    await sync(world)
    await arriveOwn(world, mail)
    await sync(world)

    const { shas, parent } = await commits(world, 'lower', 'upper')
    expect(shas[0]).toBe(parent)
    expect(git(world, 'show', `${shas[1]}:names/list`)).toBe('one\ntwo')
    expect(await explain(world, 'upper', 'base', 'publish')).toEqual([
      { step: 'base', rule },
      { step: 'publish', rule: 'pushed' },
    ])
  })

  it('says so where base-commit names the public commit below both', async () => {
    const world = await worlds.fresh()
    const base = execFileSync(
      'git',
      ['-C', `${world.directory}/upstream.git`, 'rev-parse', 'main'],
      {
        encoding: 'utf8',
      },
    ).trim()
    const below = [`base-commit: ${base}`, `prerequisite-patch-id: ${patchIdOf(lower)}`]
    await arriveOwn(world, lower, upper([], below))
    await sync(world)

    const { shas, parent } = await commits(world, 'lower', 'upper')
    expect(shas[0]).toBe(parent)
    expect(await explain(world, 'upper', 'base')).toContainEqual({
      step: 'base',
      rule: 'prerequisite',
    })
  })

  it('waits for it where both arrive at once, whichever is read first, and no conflict is told', async () => {
    const world = await worlds.fresh()
    // Two passes of reading, so that the upper one is assembled, and due, before the lower one is known.
    await deliver(world.inbox, '1700000000.a.test', upper(dependsOnLower).raw)
    await deliver(world.inbox, '1700000000.b.test', lower.raw)
    await sync(world)

    const { shas, parent } = await commits(world, 'lower', 'upper')
    expect(shas[0]).toBe(parent)
    expect(await kindsFor(world, 'upper')).toEqual(['success'])
  })

  it('is applied as soon as that one arrives, where it could not be before', async () => {
    const world = await worlds.fresh()
    await arriveOwn(world, upper(dependsOnLower))
    await sync(world)
    expect(await kindsFor(world, 'upper')).toEqual(['conflict'])

    await arriveOwn(world, lower)
    await sync(world)
    const { shas, parent } = await commits(world, 'lower', 'upper')
    expect(shas[0]).toBe(parent)
    expect((await kindsFor(world, 'upper')).toSorted()).toEqual(['conflict', 'success'])
    expect(await explain(world, 'upper', 'publish')).toEqual([
      { step: 'publish', rule: 'conflict' },
      { step: 'publish', rule: 'pushed' },
    ])
  })

  it('stays where it is when that one moves on, and its next version goes along', async () => {
    const world = await worlds.fresh()
    await arriveOwn(world, lower, upper(dependsOnLower))
    await sync(world)
    const before = await commits(world, 'lower', 'upper')

    const lower2 = ownPatch({
      name: 'lower-2',
      counter: 'v2',
      subject: 'lower: a name',
      file: 'names/list',
      adds: 'ONE',
      inReplyTo: 'lower',
      minute: 2,
    })
    await arriveOwn(world, lower2)
    await sync(world)
    expect(await commits(world, 'lower', 'upper')).toEqual(before)
    expect(await explain(world, 'upper', 'publish')).toHaveLength(1)

    const upper2 = ownPatch({
      name: 'upper-2',
      counter: 'v2',
      subject: 'upper: a second name',
      file: 'names/list',
      before: ['ONE'],
      adds: 'two',
      message: [`Depends-on: <${ownId('lower-2')}>`],
      inReplyTo: 'upper',
      minute: 3,
    })
    await arriveOwn(world, upper2)
    await sync(world)
    const after = await commits(world, 'lower-2', 'upper-2')
    expect(after.shas[0]).toBe(after.parent)
    const branch = git(world, 'for-each-ref', '--format=%(objectname)', 'refs/heads/series/upper*')
    expect(branch).toBe(after.shas[1])
  })

  it('may be the third of a chain that arrives upside down', async () => {
    const world = await worlds.fresh()
    const top = ownPatch({
      name: 'top',
      subject: 'top: a third name',
      file: 'names/list',
      before: ['one', 'two'],
      adds: 'three',
      message: [`Based-on: <${ownId('upper')}>`],
      minute: 2,
    })
    for (const mail of [top, upper(dependsOnLower), lower]) {
      await arriveOwn(world, mail)
      await sync(world)
    }

    const { shas, parent } = await commits(world, 'lower', 'upper', 'top')
    expect(shas[1]).toBe(parent)
    expect(git(world, 'show', `${shas[2]}:names/list`)).toBe('one\ntwo\nthree')
  })

  it('and is what that one is built on, is like one that is built on nothing', async () => {
    const world = await worlds.fresh()
    const mails = ['ping', 'pong'].map((name) =>
      ownPatch({
        name,
        subject: `${name}: a name`,
        file: `names/${name}`,
        adds: name,
        message: [`Depends-on: <${ownId(name === 'ping' ? 'pong' : 'ping')}>`],
      }),
    )
    await arriveOwn(world, ...mails)
    await sync(world)

    expect(await explain(world, 'ping', 'publish')).toEqual([{ step: 'publish', rule: 'pushed' }])
    expect(await explain(world, 'pong', 'publish')).toEqual([{ step: 'publish', rule: 'pushed' }])
  })
})

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DemoMail } from '../../src/app/demo/mails.ts'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing, readRefs } from '../../src/app/demo/verify.ts'
import { demoWorlds } from '../support/demo-world.ts'
import { arriveOwn, ownId, ownPatch } from '../support/own-series.ts'
import { type RecordingGit, recordingGit } from '../support/recording-git.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'
import { liveAsService } from '../support/service-lives.ts'

const worlds = demoWorlds()
const names = ['ada', 'bea', 'cleo', 'dora', 'edda', 'fay', 'gwen', 'hedy']

function topics(...some: readonly string[]): readonly DemoMail[] {
  return some.map((name) =>
    ownPatch({ name, subject: `${name}: greet`, file: `names/${name}`, adds: name }),
  )
}

async function sync(world: DemoWorld): Promise<number | null> {
  return (await runHere(['sync', '--config', world.config])).exitCode
}

interface TopicStatus {
  readonly name: string
  readonly version: string
  readonly state: string
}

async function status(world: DemoWorld): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await runHere(['status', '--json', '--config', world.config])
  const found = jsonLines(stdout).flatMap((line) => line['topics'] as readonly TopicStatus[])
  return Object.fromEntries(found.map(({ name, state }) => [name.split(':')[0] ?? '', state]))
}

/** What `explain` says of the publishing of a mail. */
async function publishing(world: DemoWorld, name: string): Promise<readonly unknown[]> {
  const { stdout } = await runHere(['explain', '--json', ownId(name), '--config', world.config])
  return jsonLines(stdout)
    .filter(({ step }) => step === 'publish')
    .map(({ rule }) => rule)
}

function branchesOf(refs: ReadonlyMap<string, string>): readonly string[] {
  return [...refs.keys()]
    .flatMap((ref) => /^refs\/heads\/series\/(?<name>\w+)/.exec(ref)?.groups?.['name'] ?? [])
    .toSorted()
}

describe('topics that are due at the same time', () => {
  let recorder: RecordingGit
  beforeEach(() => {
    recorder = recordingGit()
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    recorder.remove()
  })

  function count(command: string): number {
    return recorder.commands().filter(([, name]) => name === command).length
  }

  it('are pushed in one push, after one look at the mirror and one fetch', async () => {
    const world = await worlds.fresh()
    await sync(world)
    await arriveOwn(world, ...topics(...names))
    vi.stubEnv('PATH', recorder.path)
    expect(await sync(world)).toBe(0)

    expect(count('push')).toBe(1)
    const looks = count('for-each-ref')
    const refs = await readRefs(world.mirror)
    expect(branchesOf(refs)).toEqual(names)
    for (const name of names) {
      expect(refs.has(`refs/mail/${ownId(name)}`)).toBe(true)
      expect(await publishing(world, name)).toEqual(['pushed'])
    }
    // Two of the refresh at the start, and of the topics: upstream's branches, the mirror's, and the topics'.
    expect(looks).toBe(5)
    expect(count('fetch')).toBe(2)
  })

  it('do not stop each other: one that the mirror refuses is told apart', async () => {
    const world = await worlds.fresh()
    const hook = path.join(world.mirror, 'hooks/update')
    const script = '#!/bin/sh\ncase $1 in */cleo-*) echo "not this one"; exit 1;; esac\n'
    writeFileSync(hook, script, { mode: 0o755 })
    await arriveOwn(world, ...topics(...names))
    await sync(world)

    const others = names.filter((name) => name !== 'cleo')
    const refs = await readRefs(world.mirror)
    expect(branchesOf(refs)).toEqual(others)
    expect(refs.has(`refs/mail/${ownId('cleo')}`)).toBe(false)
    expect(await publishing(world, 'cleo')).toEqual(['mirror-refused'])
    expect(await status(world)).toMatchObject({ ada: 'success', cleo: 'problem' })
    const { stdout } = await runHere(['status', '--config', world.config])
    expect(stdout).toContain('dead')
  })

  it('but versions of one topic, and a series built on another, go one after the other', async () => {
    const world = await worlds.fresh()
    const [one] = topics('ada')
    const two = ownPatch({
      name: 'ada-2',
      counter: 'v2',
      subject: 'ada: greet',
      file: 'names/ada',
      adds: 'ADA',
      inReplyTo: 'ada',
      minute: 1,
    })
    const upper = ownPatch({
      name: 'upper',
      subject: 'upper: on bea',
      file: 'names/bea',
      before: ['bea'],
      adds: 'upper',
      message: [`Depends-on: <${ownId('bea')}>`],
      minute: 2,
    })
    await arriveOwn(world, ...(one === undefined ? [] : [one]), two, ...topics('bea'), upper)
    expect(await sync(world)).toBe(0)

    const refs = await readRefs(world.mirror)
    expect(refs.get(`refs/mail/${ownId('ada')}`)).not.toBe(refs.get(`refs/mail/${ownId('ada-2')}`))
    const branch = [...refs].find(([ref]) => ref.startsWith('refs/heads/series/ada'))
    expect(branch?.[1]).toBe(refs.get(`refs/mail/${ownId('ada-2')}`))
    const parent = execFileSync(
      'git',
      ['-C', world.mirror, 'rev-parse', `refs/mail/${ownId('upper')}^`],
      { encoding: 'utf8' },
    ).trim()
    expect(parent).toBe(refs.get(`refs/mail/${ownId('bea')}`))
  })

  it('are there once when the service is killed with all of them pushed and none recorded', async () => {
    const world = await worlds.fresh()
    await liveAsService(world, [], null)
    await arriveOwn(world, ...topics(...names))
    const { killedAt } = await liveAsService(world, ['push'], null)
    const pushed = await readRefs(world.mirror)
    expect(killedAt).toBe('push')
    expect(branchesOf(pushed)).toEqual(names)

    const { acts } = await liveAsService(world, [], null)
    expect(await readRefs(world.mirror)).toEqual(pushed)
    expect(acts).not.toContain('push')
    expect(acts).not.toContain('apply')
    expect(await readOutgoing(world.outgoing)).toHaveLength(names.length)
  })
})

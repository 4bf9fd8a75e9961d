import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing, readRefs } from '../../src/app/demo/verify.ts'
import { arriveAll, demoWorlds } from '../support/demo-world.ts'
import { type Ended, jsonLines, runHere } from '../support/run-patchferry.ts'

const worlds = demoWorlds(async (world) => {
  await arriveAll(world)
  await runHere(['sync', '--config', world.config])
})
const held = 'workflow-1@contributor.example'
const polite = 'polite-1@contributor.example'
const dutch = 'nordic-1@contributor.example'

async function command(world: DemoWorld, ...args: readonly string[]): Promise<Ended> {
  return runHere([...args, '--config', world.config], { env: { USER: 'mina' } })
}

interface Topic {
  readonly topic: string
  readonly name: string
  readonly state: string
}

async function topics(world: DemoWorld): Promise<readonly Topic[]> {
  const { stdout } = await command(world, 'status', '--json')
  const found = jsonLines(stdout)[0]?.['topics'] as readonly Topic[]
  return found.toSorted((a, b) => a.topic.localeCompare(b.topic))
}

async function stateOf(world: DemoWorld, name: string): Promise<string | undefined> {
  return (await topics(world)).find((topic) => topic.name.startsWith(name))?.state
}

/** What people decided, as the journal's branch keeps it. */
function decisions(world: DemoWorld): string {
  const journal = path.join(world.directory, 'state/journal.git')
  return execFileSync('git', ['-C', journal, 'log', '-p', '--text', 'decisions']).toString()
}

describe('patchferry approve', () => {
  it('releases a held version, which is then tested and reported', async () => {
    const world = await worlds.fresh()
    expect((await readRefs(world.mirror)).has(`refs/mail/${held}`)).toBe(false)

    const end = await command(world, 'approve', held)
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.stdout).toMatch(/^version 1 released at [0-9a-f]{40}\n$/)
    expect(decisions(world)).toMatch(/approve/)
    expect(decisions(world)).toContain('command line (mina)')

    expect(await command(world, 'sync')).toMatchObject({ exitCode: 0 })
    expect(await stateOf(world, 'ci:')).toBe('success')
    expect((await readRefs(world.mirror)).has(`refs/mail/${held}`)).toBe(true)
    const again = await command(world, 'approve', held, 'v1')
    expect(again).toMatchObject({ exitCode: 1, stdout: '' })
    expect(again.stderr).toContain('is not held')
  })

  it.each([
    [['approve', 'nobody@example.org'], /there is no topic nobody@example.org/],
    [['approve', held, 'v7'], /there is no version 7/],
    [['withdraw', '000000000000'], /there is no topic 000000000000/],
    [['retest', 'nobody@example.org'], /there is no topic/],
  ])('refuses what is not there: %j', async (args, says) => {
    const world = worlds.shared()
    const end = await command(world, ...args)
    expect(end).toMatchObject({ exitCode: 1, stdout: '' })
    expect(end.stderr).toMatch(says)
  })
})

describe('patchferry withdraw', () => {
  it('ends the work on a topic and keeps the reason', async () => {
    const world = await worlds.fresh()
    const end = await command(world, 'withdraw', dutch, '--reason', 'not wanted')

    expect(end).toMatchObject({ exitCode: 0, stdout: 'version 1 withdrawn: not wanted\n' })
    expect(await command(world, 'sync')).toMatchObject({ exitCode: 0 })
    expect(await stateOf(world, 'words: add Dutch')).toBe('withdrawn')
    expect(decisions(world)).toContain('not wanted')
  })
})

describe('patchferry retest', () => {
  it('tries again what did not apply; the same answer is not told twice', async () => {
    const world = await worlds.fresh()
    const before = await readOutgoing(world.outgoing)

    expect(await command(world, 'retest', polite)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await command(world, 'sync')).toMatchObject({ exitCode: 0 })
    expect(await stateOf(world, 'words: be polite')).toBe('conflict')
    expect(await readOutgoing(world.outgoing)).toEqual(before)
  })

  it('tests a version again', async () => {
    const world = await worlds.fresh()
    async function tests(): Promise<number> {
      const { stdout } = await command(world, 'explain', '--json', dutch)
      return jsonLines(stdout).filter(({ step, rule }) => step === 'test' && rule === 'head').length
    }
    expect(await tests()).toBe(1)
    expect(await command(world, 'retest', dutch, 'v1')).toMatchObject({ exitCode: 0 })
    expect(await command(world, 'sync')).toMatchObject({ exitCode: 0 })

    expect(await tests()).toBe(2)
    expect(await stateOf(world, 'words: add Dutch')).toBe('success')
  })
})

describe('patchferry rebuild', () => {
  it.each([
    ['a store that is lost', true],
    ['a store that is there, which is set aside', false],
  ])('makes anew %s', async (_what, isLost) => {
    const world = await worlds.fresh()
    await command(world, 'withdraw', dutch, '--reason', 'not wanted')
    await command(world, 'sync')
    const before = [await topicsOnly(world), await readRefs(world.mirror)]
    const sent = await readOutgoing(world.outgoing)
    if (isLost) {
      await rm(path.join(world.directory, 'state/store.sqlite'))
    }

    const end = await command(world, 'rebuild')
    expect(end).toMatchObject({ exitCode: 0 })
    expect(end.stdout).toMatch(/^13 mails, /)
    expect(end.stdout.includes('the old store lies in')).toBe(!isLost)

    expect(await command(world, 'sync')).toMatchObject({ exitCode: 0 })
    expect([await topicsOnly(world), await readRefs(world.mirror)]).toEqual(before)
    expect(await readOutgoing(world.outgoing)).toEqual(sent)
  })
})

async function topicsOnly(world: DemoWorld): Promise<unknown> {
  return (await topics(world)).map(({ topic, name, state }) => ({ topic, name, state }))
}

describe('patchferry migrate', () => {
  it('says what it did', async () => {
    const world = await worlds.fresh()
    expect((await command(world, 'migrate')).stdout).toMatch(
      /^the store is up to date \(schema \d+\)/,
    )
    await rm(path.join(world.directory, 'state'), { recursive: true })
    expect(await command(world, 'migrate')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^schema \S+ -> \d+\n$/),
    })
  })
})

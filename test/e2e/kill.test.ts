import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DemoWorld, deliver, setUpDemo } from '../../src/app/demo/set-up.ts'
import { readOutgoing, readRefs, verify } from '../../src/app/demo/verify.ts'
import { seededRandom } from '../support/seeded-random.ts'

const root = path.resolve(import.meta.dirname, '../..')
const worker = path.join(root, 'test/support/killing-worker.ts')
const wantedKills = Number(process.env['PATCHFERRY_KILLS'] ?? 50)
const seed = Number(process.env['PATCHFERRY_SEED'] ?? Date.now() % 1_000_000)
const options = { settle: '0s', token: 'a token for the tests only' } as const

const steps = [
  'archive',
  'settle',
  'apply',
  'journal-decision',
  'push',
  'test',
  'journal-intended',
  'send',
  'journal-handed-over',
] as const
const anyTime = 'any-time'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'patchferry-kill-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

interface Life {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly errors: string
}

/** One life of the service; `killAfterMs` kills it from outside, whatever it does. */
async function live(args: readonly string[], killAfterMs: number | null): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: directory },
    })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString()
    })
    const timer =
      killAfterMs === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    child.on('error', reject)
    child.on('exit', (exitCode, signal) => {
      clearTimeout(timer)
      resolve({ exitCode, signal, errors })
    })
  })
}

async function lives(world: DemoWorld): Promise<void> {
  const life = await live([worker, world.config, '/dev/null', 'none'], null)
  expect(life).toEqual({ exitCode: 0, signal: null, errors: '' })
}

async function command(...args: readonly string[]): Promise<Life> {
  return live([path.join(root, 'src/main.ts'), ...args], null)
}

/** Refs and the Message-IDs of all reports: what the world sees. */
async function outcome(world: DemoWorld): Promise<unknown> {
  const sent = await readOutgoing(world.outgoing)
  return {
    refs: Object.fromEntries(await readRefs(world.mirror)),
    reports: sent
      .map(({ messageId, inReplyTo, kind }) => ({ messageId, inReplyTo, kind }))
      .toSorted((a, b) => a.messageId.localeCompare(b.messageId)),
  }
}

async function status(world: DemoWorld): Promise<{
  readonly topics: readonly {
    readonly topic: string
    readonly state: string
    readonly name: string
  }[]
  readonly quarantine: readonly unknown[]
}> {
  const output = path.join(world.directory, 'status.json')
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      path.join(root, 'src/main.ts'),
      'status',
      '--json',
      '--config',
      world.config,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise((resolve) => child.on('close', resolve))
  return JSON.parse(Buffer.concat(chunks).toString() || (await readFile(output, 'utf8')))
}

/** Plays the whole scenario without any kill: what the killed ones are compared with. */
async function playUndisturbed(name: string): Promise<DemoWorld> {
  const world = await setUpDemo(path.join(directory, name), options)
  for (const [index, act] of world.scenario.acts.entries()) {
    for (const [mailIndex, mail] of act.mails.entries()) {
      await deliver(world.inbox, `${1_700_000_000 + index}.M${mailIndex}P1.test`, mail.raw)
    }
    await lives(world)
  }
  return world
}

type Kills = Map<string, number>

/** Plays the scenario mail by mail, each life ending at the step that was killed least. */
async function playKilled(name: string, random: () => number, kills: Kills): Promise<DemoWorld> {
  const world = await setUpDemo(path.join(directory, name), options)
  const stepsFile = path.join(world.directory, 'steps')
  let count = 0
  async function oneLife(): Promise<Life> {
    const least = Math.min(...[...steps, anyTime].map((step) => kills.get(step) ?? 0))
    const rare = [...steps, anyTime].filter((step) => (kills.get(step) ?? 0) <= least + 2)
    const step = rare[Math.floor(random() * rare.length)] ?? anyTime
    const killAfterMs = step === anyTime ? 300 + Math.floor(random() * 2_000) : null
    const life = await live([worker, world.config, stepsFile, step], killAfterMs)
    if (life.signal === 'SIGKILL') {
      kills.set(step, (kills.get(step) ?? 0) + 1)
    } else {
      expect(life).toEqual({ exitCode: 0, signal: null, errors: '' })
    }
    return life
  }
  for (const act of world.scenario.acts) {
    for (const mail of act.mails) {
      count += 1
      await deliver(world.inbox, `${1_700_000_000 + count}.M${count}P1.test`, mail.raw)
      for (let lived = 0; lived < 4 && (await oneLife()).signal === 'SIGKILL'; lived += 1) {
        // Killed: the next life begins where this one left off.
      }
    }
    for (let lived = 0; lived < 10 && (await oneLife()).signal === 'SIGKILL'; lived += 1) {
      // More kills while the act's last mails are worked on.
    }
    await lives(world)
  }
  return world
}

describe('the service, killed again and again', () => {
  it(
    'does everything once, loses nothing, and can be rebuilt from archive, journal and mirror',
    async () => {
      const random = seededRandom(seed)
      const reference = await playUndisturbed('reference')
      expect(await verify(reference.scenario, reference.mirror, reference.outgoing)).toEqual([])
      const expected = await outcome(reference)

      const kills: Kills = new Map()
      function total(): number {
        return [...kills.values()].reduce((sum, one) => sum + one, 0)
      }
      let world = reference
      for (let round = 1; total() < wantedKills || kills.size <= steps.length; round += 1) {
        world = await playKilled(`killed-${round}`, random, kills)
        expect(await verify(world.scenario, world.mirror, world.outgoing)).toEqual([])
        expect(await outcome(world)).toEqual(expected)
        expect((await status(world)).quarantine).toHaveLength(world.scenario.quarantined)
      }
      process.stdout.write(
        `seed ${seed}: ${total()} kills: ${[...kills].map(([step, n]) => `${step} ${n}`).join(', ')}\n`,
      )
      for (const step of [...steps, anyTime]) {
        expect(kills.get(step) ?? 0, `kills at ${step}`).toBeGreaterThan(0)
      }

      // A person releases the held series; an old archive is imported silently.
      expect(
        await command('approve', world.scenario.heldAnchor, '--config', world.config),
      ).toMatchObject({ exitCode: 0 })
      await lives(world)
      const before = { outcome: await outcome(world), topics: (await status(world)).topics }
      expect(before.topics.find(({ name }) => name.startsWith('ci:'))).toMatchObject({
        state: 'success',
      })

      await rm(path.join(world.directory, 'state/store.sqlite'))
      await rm(path.join(world.directory, 'state/store.sqlite-wal'), { force: true })
      await rm(path.join(world.directory, 'state/store.sqlite-shm'), { force: true })
      expect(await command('rebuild', '--config', world.config)).toMatchObject({ exitCode: 0 })
      await lives(world)

      expect(await outcome(world)).toEqual(before.outcome)
      const after = (await status(world)).topics
      function facts(topics: typeof after): unknown {
        return topics
          .map(({ topic, name, state }) => ({ topic, name, state }))
          .toSorted((a, b) => a.topic.localeCompare(b.topic))
      }
      expect(facts(after)).toEqual(facts(before.topics))
    },
    20 * 60_000,
  )
})

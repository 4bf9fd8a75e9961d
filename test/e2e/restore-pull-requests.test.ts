import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { arriveDated, demoWorlds } from '../support/demo-world.ts'
import {
  type Outside,
  onForgejo,
  onGithub,
  outcome,
  pullsOf,
  surroundings,
} from '../support/outside-forge.ts'
import { type Ended, jsonLines, runHere } from '../support/run-patchferry.ts'
import { liveHere } from '../support/service-lives.ts'

const failing = 'cheerful-v1-1@contributor.example'
const mended = 'cheerful-v2-1@contributor.example'
const closed = 'usage-1@contributor.example'
const nordic = ['nordic-1@contributor.example', 'nordic-2@contributor.example'] as const

const hourMs = 3_600_000

const worlds = demoWorlds()

async function patchferry(world: DemoWorld, ...args: readonly string[]): Promise<Ended> {
  return runHere([...args, '--config', world.config], { cwd: world.directory })
}

/** Message-ID that is answered -> state in the outbox. */
async function outbox(world: DemoWorld): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await patchferry(world, 'outbox', '--all', '--json')
  return Object.fromEntries(
    jsonLines(stdout).map((one) => [String(one['inReplyTo']), one['state']]),
  )
}

interface Topic {
  readonly name: string
  readonly state: string
  readonly verdict: string | null
  readonly pullRequest: number
}

async function topics(world: DemoWorld): Promise<readonly Topic[]> {
  const { stdout } = await patchferry(world, 'status', '--json')
  const shown = JSON.parse(stdout) as { readonly topics: readonly Topic[] }
  return shown.topics
    .map(({ name, state, verdict, pullRequest }) => ({ name, state, verdict, pullRequest }))
    .toSorted((a, b) => a.pullRequest - b.pullRequest)
}

const places: readonly (readonly [string, (world: DemoWorld) => Promise<Outside>])[] = [
  ['Forgejo, without branches', (world) => onForgejo(world, 'agit')],
  ['GitHub', onGithub],
]

describe.each(process.env['PATCHFERRY_KILLS'] === undefined ? places.slice(0, 1) : places)(
  'a machine that is lost, with pull requests on %s',
  (_, open) => {
    it('is brought back: none is opened twice, nothing is said twice, what nobody can know is unknown', async () => {
      const world = await worlds.fresh()
      const outside = await open(world)
      async function live(): Promise<void> {
        await liveHere(world, surroundings(outside, 0))
      }
      await arriveDated(world, Date.now() - hourMs, failing, closed)
      await live()
      expect(await pullsOf(outside)).toHaveLength(2)
      expect(await patchferry(world, 'backup', './backup')).toMatchObject({ exitCode: 0 })

      // More happens after the backup: a version, a pull request, a person who closes one.
      await arriveDated(world, Date.now() - hourMs, mended, ...nordic)
      const { pullRequest } =
        (await topics(world)).find(({ verdict }) => verdict === 'success') ?? {}
      await outside.closePull(pullRequest ?? 0)
      await live()
      const told = await topics(world)
      expect(told).toHaveLength(3)
      const sent = await readOutgoing(world.outgoing)
      expect(sent.map(({ inReplyTo }) => inReplyTo).toSorted()).toEqual(
        [failing, closed, mended, nordic[0]].toSorted(),
      )

      await rm(path.join(world.directory, 'state'), { recursive: true })
      const gone = sent.find(({ inReplyTo }) => inReplyTo === nordic[0])
      await rm(gone?.file ?? '')
      const expected = await outcome(world, outside)
      expect(await patchferry(world, 'restore', './backup')).toMatchObject({ exitCode: 0 })
      await live()
      expect(await outcome(world, outside)).toEqual(expected)
      expect(await topics(world)).toEqual(told)
      expect(await outbox(world)).toEqual({
        [failing]: 'handed-over',
        [closed]: 'handed-over',
        [mended]: 'handed-over',
        [nordic[0]]: 'unknown',
      })
      expect(outside.takeProblems()).toEqual([])
    }, 120_000)
  },
)

import { describe, expect, it } from 'vitest'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { verify } from '../../src/app/demo/verify.ts'
import { demoWorlds } from '../support/demo-world.ts'
import {
  type Outside,
  onForgejo,
  onGithub,
  outcome,
  surroundings,
} from '../support/outside-forge.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { liveAsService, liveHere } from '../support/service-lives.ts'

const wantedKills = Number(process.env['PATCHFERRY_KILLS'] ?? 2)
/** With a number of kills of its own choice a person has time. */
const isLong = process.env['PATCHFERRY_KILLS'] !== undefined
const seed = Number(process.env['PATCHFERRY_SEED'] ?? Date.now() % 1_000_000)

const anyTime = 'any-time'
/** Outward acts, after which nobody has written down yet that they happened, and a kill at any time. */
const steps: readonly string[] = [
  'push',
  'pull-request',
  'checks',
  'edit',
  'comment',
  'send',
  anyTime,
]
/** About as long as a life with a few series lasts. */
const anyTimeMs = 4_000
/** Between calm lives: a job whose worker died twelve times is given up, and rightly so. */
const mostDeaths = 4
/** When a service that was told nothing looks at results by itself is sooner than this. */
const laterMs = 5 * 60_000
const mostNaps = 5

const worlds = demoWorlds()

const places = [
  { name: 'GitHub, as an App with a fork', open: onGithub },
  { name: 'Forgejo, without branches', open: (world: DemoWorld) => onForgejo(world, 'agit') },
  { name: 'Forgejo, with a fork', open: (world: DemoWorld) => onForgejo(world, 'fork') },
].slice(0, isLong ? 3 : 2)

type Kills = Map<string, number>

function total(kills: Kills): number {
  return [...kills.values()].reduce((sum, one) => sum + one, 0)
}

/** One world on one forge, and how its service lives there. */
interface Stage {
  readonly world: DemoWorld
  readonly outside: Outside
  readonly random: () => number
  aheadMs: number
}

/** Deliveries arrive, some of them twice; what was lost before is found by polling. */
async function liveCalmly(stage: Stage): Promise<void> {
  stage.outside.hooks.fate = () => (stage.random() < 0.2 ? 'double' : 'deliver')
  for (
    let naps = 0;
    await liveHere(stage.world, surroundings(stage.outside, stage.aheadMs));
    naps += 1
  ) {
    expect(naps).toBeLessThan(mostNaps)
    stage.aheadMs += laterMs
  }
}

/** One life, to die at a step that was killed least, while deliveries are lost, doubled and late. */
async function liveDangerously(stage: Stage, kills: Kills): Promise<void> {
  const { random } = stage
  stage.outside.hooks.fate = () => {
    const drawn = random()
    if (drawn < 0.2) {
      return 'lose'
    }
    return drawn < 0.4 ? 'double' : drawn < 0.5 ? 'hold' : 'deliver'
  }
  const least = Math.min(...steps.map((step) => kills.get(step) ?? 0))
  const rare = steps.filter((step) => (kills.get(step) ?? 0) === least)
  const target = rare[Math.floor(random() * rare.length)] ?? anyTime
  const { killedAt } = await liveAsService(
    stage.world,
    target === anyTime ? [] : [target],
    target === anyTime ? Math.floor(random() * anyTimeMs) : null,
    surroundings(stage.outside, stage.aheadMs),
  )
  if (killedAt !== null) {
    kills.set(killedAt, (kills.get(killedAt) ?? 0) + 1)
  }
}

/** Plays the scenario; with kills, some mails at a time. */
async function play(stage: Stage, kills: Kills | null): Promise<void> {
  const { world, random } = stage
  let count = 0
  for (const { mails } of world.scenario.acts) {
    for (let next = 0; next < mails.length; ) {
      const size = kills === null ? mails.length : Math.ceil(mails.length / 2)
      for (const mail of mails.slice(next, next + size)) {
        count += 1
        await deliver(world.inbox, `${1_700_000_000 + count}.M${count}P1.test`, mail.raw)
      }
      next += size
      const deaths = kills === null ? 0 : 1 + Math.floor(random() * mostDeaths)
      for (
        let death = 0;
        kills !== null && death < deaths && total(kills) < wantedKills;
        death += 1
      ) {
        await liveDangerously(stage, kills)
      }
      await liveCalmly(stage)
    }
  }
}

describe.each(places)('the service on $name', ({ name, open }) => {
  it(
    'makes one pull request of each topic and says everything once, however often it is killed',
    async () => {
      const random = seededRandom(seed)
      async function stage(): Promise<Stage> {
        const world = await worlds.fresh()
        return { world, outside: await open(world), random, aheadMs: 0 }
      }
      const calm = await stage()
      await play(calm, null)
      const { scenario } = calm.world
      const wrong = calm.outside.hasBranches
        ? await verify(scenario, calm.outside.heads, calm.world.outgoing)
        : []
      expect(wrong).toEqual([])
      const expected = await outcome(calm.world, calm.outside)
      const published = scenario.expectations.filter((one) => one.isNewest && one.tree !== null)
      expect(expected).toHaveProperty('pulls.length', published.length)

      const kills: Kills = new Map()
      const startedAt = Date.now()
      while (total(kills) < wantedKills) {
        const { world, outside, ...rest } = await stage()
        await play({ world, outside, ...rest }, kills)
        expect(await outcome(world, outside)).toEqual(expected)
        expect(outside.takeProblems()).toEqual([])
      }
      const perStep = steps.map((step) => `${step} ${kills.get(step) ?? 0}`).join(', ')
      const seconds = Math.round((Date.now() - startedAt) / 1_000)
      process.stdout.write(
        `${name}, seed ${seed}: ${total(kills)} kills in ${seconds} s: ${perStep}\n`,
      )
    },
    Math.max(5, wantedKills / 2) * 60_000,
  )
})

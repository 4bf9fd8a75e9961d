import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../seeded-random.ts'
import { findFaults } from './soak-faults.ts'
import { beginLife, type SoakLife, type SoakProgram } from './soak-life.ts'
import { openSoakList } from './soak-list.ts'
import type { SoakSeries } from './soak-mails.ts'
import { ageLeftovers, countRows, measureDisk, type SoakDisk } from './soak-measure.ts'
import { dayMs, soakBegin, soakPlan } from './soak-plan.ts'
import { makeSoakWorld, type SoakWorld } from './soak-world.ts'

export interface SoakOptions {
  /** Made, and removed at the end. Memory (tmpfs) makes it quicker, and changes nothing of the processor's time. */
  readonly directory: string
  readonly days: number
  readonly seriesPerDay: number
  /** How often the clock is moved in a day. */
  readonly stepsPerDay: number
  /** Whether the service is killed on this day, the first of which is 0. */
  readonly isDeadly: (day: number) => boolean
  /** What is measured after each so many days is told. */
  readonly daysPerLook: number
  readonly seed: number
  readonly onLook: (look: SoakLook) => void
  readonly program: SoakProgram
}

/** The state of things on one evening. */
export interface SoakLook {
  readonly day: number
  /** How often the service had been killed: those of one number looked at the same process. */
  readonly kills: number
  /** Processor time of a task that is always the same, which tells how quick the machine was. */
  readonly referenceMs: number
  /** Of a day since the last look in which nobody was killed. */
  readonly cpuMsPerSeries: number
  /** How much of it is git's. */
  readonly gitMsPerSeries: number
  readonly rss: number
  readonly heapUsed: number
  readonly openFiles: number
  readonly disk: SoakDisk
  /** Refs of the mirror. */
  readonly mailRefs: number
  readonly seriesRefs: number
  readonly rows: Readonly<Record<string, number>>
}

export interface SoakResult {
  readonly series: number
  readonly mails: number
  readonly kills: number
  readonly looks: readonly SoakLook[]
  /** Of each day in which nobody was killed. */
  readonly cpuMsPerSeries: readonly number[]
  readonly reports: number
  /** Whatever is not as it must be; empty at best. */
  readonly faults: readonly string[]
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Drives the service through simulated days, as fast as it goes. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const random = seededRandom(options.seed)
  const plan = soakPlan(options.seriesPerDay, options.seed)
  const list = await openSoakList()
  const made = await makeSoakWorld(options.directory, list.port, soakBegin)
  list.open(made)
  let life = await beginLife(made, soakBegin, options.program)
  let spent = { own: 0, git: 0 }
  let kills = 0
  let mails = 0
  const series: SoakSeries[] = []
  const looks: SoakLook[] = []
  const cpuMsPerSeries: number[] = []

  function cpuSoFar(): typeof spent {
    const { own, git } = life.cpuMs()
    return { own: spent.own + own, git: spent.git + git }
  }

  async function killWithin(at: number): Promise<void> {
    const advancing = life.ask({ kind: 'advance', at })
    await sleep(random() * 700)
    spent = cpuSoFar()
    await life.kill()
    await advancing
    kills += 1
    await ageLeftovers(made)
    life = await beginLife(made, at, options.program)
  }

  async function advance(at: number): Promise<void> {
    const said = await life.ask({ kind: 'advance', at })
    if (said.kind !== 'idle') {
      throw new Error(`the service ended by itself: see ${made.directory}/service.log`)
    }
  }

  try {
    let sinceLook: (typeof spent)[] = []
    let references: number[] = []
    for (let day = 0; day < options.days; day += 1) {
      const before = cpuSoFar()
      const { mails: written, series: sent } = plan.day(day, made.tree(), made.tip())
      const isDeadly = options.isDeadly(day)
      const deadlyStep = Math.floor(random() * options.stepsPerDay)
      for (let step = 0; step < options.stepsPerDay; step += 1) {
        const from = soakBegin + day * dayMs + (step * dayMs) / options.stepsPerDay
        const to = from + dayMs / options.stepsPerDay
        for (const { at, what } of written) {
          if ((at >= from || step === 0) && (at < to || step === options.stepsPerDay - 1)) {
            await made.deliver(what.raw)
          }
        }
        if (isDeadly && step === deadlyStep) {
          await killWithin(to)
        }
        await advance(to)
      }
      mails += written.length
      series.push(...sent)
      await made.merge(
        sent.filter(() => random() < 0.1),
        soakBegin + (day + 1) * dayMs - 1,
      )
      await made.tidyMirror()
      if (!isDeadly && sent.length > 0) {
        const after = cpuSoFar()
        const git = (after.git - before.git) / sent.length
        const own = (after.own - before.own) / sent.length
        cpuMsPerSeries.push(own + git)
        sinceLook.push({ own, git })
        references.push(referenceMs())
      }
      if ((day + 1) % options.daysPerLook === 0) {
        const look = await lookAround(day + 1, kills, life, made, { spent: sinceLook, references })
        looks.push(look)
        options.onLook(look)
        sinceLook = []
        references = []
      }
    }
    // What was held back, looked for or composed has its time.
    for (let rest = 1; rest <= 4; rest += 1) {
      await advance(soakBegin + (options.days + rest) * dayMs)
    }
    await life.end()
    const faults = findFaults(made, list.reports, series, mails)
    return {
      series: series.length,
      mails,
      kills,
      looks,
      cpuMsPerSeries,
      reports: list.reports.size,
      faults,
    }
  } finally {
    await life.kill()
    await list.close()
    await rm(options.directory, { recursive: true, force: true })
  }
}

async function lookAround(
  day: number,
  kills: number,
  life: SoakLife,
  world: SoakWorld,
  cpu: {
    readonly spent: readonly { readonly own: number; readonly git: number }[]
    readonly references: readonly number[]
  },
): Promise<SoakLook> {
  const [cheapest] = cpu.spent.toSorted((a, b) => a.own + a.git - b.own - b.git)
  const memory = await life.ask({ kind: 'measure' })
  if (memory.kind !== 'measured') {
    throw new Error(`the service ended by itself: see ${world.directory}/service.log`)
  }
  return {
    day,
    kills,
    // Of the cheapest day: what else the machine does makes both dearer, and not by the same part.
    referenceMs: Math.min(...cpu.references),
    cpuMsPerSeries: cheapest === undefined ? Number.NaN : cheapest.own + cheapest.git,
    gitMsPerSeries: cheapest?.git ?? Number.NaN,
    rss: memory.rss,
    heapUsed: memory.heapUsed + memory.external,
    openFiles: await fewestOpenFiles(life),
    disk: await measureDisk(world),
    mailRefs: await world.countRefs('refs/mail'),
    seriesRefs: await world.countRefs('refs/series'),
    rows: countRows(world),
  }
}

/** Median of several runs. */
function referenceMs(): number {
  const runs = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    let text = ''
    for (let count = 0; count < 20_000; count += 1) {
      text = createHash('sha1').update(`${text}${count}`).digest('hex')
    }
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  })
  return median(runs)
}

/** The index of each pack is open for the moment in which packs are rolled up. */
async function fewestOpenFiles(life: SoakLife): Promise<number> {
  let fewest = life.openFiles()
  for (let looks = 1; looks < 5; looks += 1) {
    await sleep(100)
    fewest = Math.min(fewest, life.openFiles())
  }
  return fewest
}

/*
 * How fast series are applied: by this project's engine, by `git am -3` in a work tree that is kept (also with
 * core.splitIndex), and in a new work tree for each series. One run applies every series by every method, in turns, in new
 * repositories that do not hold the results. `npx tsx bench/apply.ts --repo GITDIR --bases scattered|shared` takes the newest topics
 * of a project, each on its own base, or all on one; `npx tsx bench/apply.ts --big-tree` a generated tree of 80,100 files;
 * `--command` times `patchferry apply` on one series and on all, after `npm run build`.
 * Also `[--count N] [--runs N] [--temp DIR]`; DIR should be in memory.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { Sha } from '../src/core/ids.ts'
import { makeBigTree } from './apply/big-tree.ts'
import { timeCommand } from './apply/command.ts'
import { cutRepository } from './apply/cut-repository.ts'
import { type Method, openMethods } from './apply/methods.ts'
import { countProcessorTime } from './apply/processor-time.ts'
import { gitOf } from './faithful/git-of.ts'
import { mailsOf } from './faithful/history-series.ts'

const { values } = parseArgs({
  options: {
    repo: { type: 'string' },
    bases: { type: 'string', default: 'scattered' },
    'big-tree': { type: 'boolean', default: false },
    command: { type: 'boolean', default: false },
    count: { type: 'string' },
    runs: { type: 'string', default: '5' },
    temp: { type: 'string', default: '/dev/shm' },
  },
})

interface Series {
  readonly base: Sha
  /** Null where it has none. */
  readonly cover: Uint8Array | null
  readonly mails: readonly Uint8Array[]
}

interface Work {
  readonly gitDir: string
  readonly series: readonly Series[]
  readonly spread: string
}

interface Spent {
  wallMs: number
  cpuMs: number
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function makeWork(folder: string): Work {
  if (values['big-tree']) {
    const { gitDir, series } = makeBigTree(folder, Number(values.count ?? 12))
    const uncovered = series.map((each) => ({ ...each, cover: null }))
    return { gitDir, series: uncovered, spread: 'six bases in turns, 80,100 files' }
  }
  const source = path.resolve(values.repo ?? '')
  const cut = cutRepository(source, folder, Number(values.count ?? 110))
  const git = gitOf(source)
  const isShared = values.bases === 'shared'
  const series = cut.series.map((each) => {
    const { cover, patches } = mailsOf(git, each)
    return { base: isShared ? cut.tip : each.base, cover, mails: patches }
  })
  const bases = new Set(series.map(({ base }) => base)).size
  return { gitDir: cut.gitDir, series, spread: isShared ? 'one base for all' : `${bases} bases` }
}

/** Every method once over every series, each series by all methods before the next, another one first each time. */
async function run(work: Work, folder: string): Promise<ReadonlyMap<string, Spent>> {
  const methods = await openMethods(work.gitDir, folder)
  const spent = new Map(methods.map(({ name }) => [name, { wallMs: 0, cpuMs: 0 }]))
  for (const [number, { base, mails }] of work.series.entries()) {
    const turn = number % methods.length
    const tips = new Set<string | null>()
    for (const method of [...methods.slice(turn), ...methods.slice(0, turn)]) {
      tips.add(await timed(method, spent, async () => method.apply(number, base, mails)))
    }
    if (tips.size !== 1) {
      throw new Error(`series ${number} on ${base}: ${[...tips].join(', ')}`)
    }
  }
  const [ours] = methods
  const own = spent.get(ours?.name ?? '')
  if (ours !== undefined && own !== undefined) {
    // git's own packing is switched off for the others: with ours it is told apart.
    const packing = { name: `${ours.name}, packing afterwards included` }
    spent.set(packing.name, { ...own })
    await timed(packing, spent, async () => ours.close())
  }
  return spent
}

async function timed<T>(
  { name }: Pick<Method, 'name'>,
  spent: ReadonlyMap<string, Spent>,
  act: () => Promise<T>,
): Promise<T> {
  const processorTime = countProcessorTime()
  const start = performance.now()
  const result = await act()
  const wallMs = performance.now() - start
  const cpuMs = processorTime()
  const sum = spent.get(name)
  if (sum !== undefined) {
    sum.wallMs += wallMs
    sum.cpuMs += cpuMs
  }
  return result
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function spreadOf(numbers: readonly number[], digits: number): string {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  return `${median(numbers).toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`
}

function report(runs: readonly ReadonlyMap<string, Spent>[], patches: number): void {
  const [first] = runs
  for (const name of first?.keys() ?? []) {
    const each = runs.map((spent) => spent.get(name) ?? { wallMs: 0, cpuMs: 0 })
    const own = runs.map((spent) => spent.get('patchferry') ?? { wallMs: 1, cpuMs: 1 })
    const perPatch = spreadOf(
      each.map(({ wallMs }) => wallMs / patches),
      2,
    )
    const wall = spreadOf(
      each.map(({ wallMs }, index) => wallMs / (own[index]?.wallMs ?? 1)),
      1,
    )
    const cpu = spreadOf(
      each.map(({ cpuMs }, index) => cpuMs / (own[index]?.cpuMs ?? 1)),
      1,
    )
    say(`${name.padEnd(36)} ${perPatch} ms a patch; times ours: wall ${wall}, CPU ${cpu}`)
  }
}

function reportCommand(work: Work, folder: string): void {
  const mails = work.series.map(({ cover, mails }) => [
    ...(cover === null ? [] : [cover]),
    ...mails,
  ])
  const times = Array.from({ length: Number(values.runs) }, () => {
    const place = mkdtempSync(path.join(folder, 'command-'))
    const { oneMs, allMs, series } = timeCommand(work.gitDir, place, mails)
    rmSync(place, { recursive: true, force: true })
    return { oneMs, eachMs: (allMs - oneMs) / (series - 1) }
  })
  const one = times.map(({ oneMs }) => oneMs)
  const each = times.map(({ eachMs }) => eachMs)
  say(
    `patchferry apply of one series: ${spreadOf(one, 0)} ms; of every further one: ${spreadOf(each, 1)} ms`,
  )
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(values.temp, 'patchferry-bench-'))
  try {
    const work = makeWork(folder)
    const patches = work.series.reduce((sum, { mails }) => sum + mails.length, 0)
    say(`${work.series.length} series, ${patches} patches, ${work.spread}; ${values.runs} runs`)
    if (values.command) {
      reportCommand(work, folder)
      return
    }
    const runs: ReadonlyMap<string, Spent>[] = []
    for (let number = 0; number < Number(values.runs); number += 1) {
      const place = mkdtempSync(path.join(folder, 'run-'))
      runs.push(await run(work, place))
      rmSync(place, { recursive: true, force: true })
    }
    report(runs, patches)
    say(`largest memory of this process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (values.repo === undefined && !values['big-tree']) {
  say('usage: npx tsx bench/apply.ts --repo GITDIR [--bases scattered|shared] | --big-tree')
  say('       [--command] [--count N] [--runs N] [--temp DIR]')
  process.exitCode = 2
} else {
  await main()
}

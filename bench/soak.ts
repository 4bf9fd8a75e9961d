/*
 * A simulated year of a list through the real service, which is killed now and then: what memory, open files and disk do,
 * what a series costs on the last days compared with the first, and whether anything was lost or sent twice.
 * `npx tsx bench/soak.ts [days] [series a day] [steps a day] [folder]`; 365 days with 55 series each by default, in
 * which the clock is moved 8 times. In between one process lives for half of the time, so that a leak would show.
 * A folder in memory (/dev/shm/soak) is quicker. Ends with status 1 where something was lost, sent twice or grew.
 */
import { tmpdir } from 'node:os'
import path from 'node:path'
import { groupBy } from '../src/core/group-by.ts'
import { median, runSoak, type SoakLook } from '../test/support/soak/run-soak.ts'

const [
  days = '365',
  seriesPerDay = '55',
  stepsPerDay = '8',
  folder = path.join(tmpdir(), 'patchferry-soak'),
] = process.argv.slice(2)
const count = Number(days)
const daysCompared = Math.min(30, Math.floor(count / 3))
const daysPerLook = Math.max(1, Math.min(5, Math.floor(count / 8)))
/** Its pools and caches fill in the first days of a process. */
const warmDays = Math.min(10, count / 10)
const megabyte = 1024 ** 2

/** Every ninth day, but for the half of the time in which one process is left alone. */
function isDeadly(day: number): boolean {
  const isLeftAlone = day >= count * 0.35 && day < count * 0.85
  return !isLeftAlone && day % 9 === 8
}

function megabytes(bytes: number): string {
  return (bytes / megabyte).toFixed(1)
}

function show(look: SoakLook): void {
  const { day, cpuMsPerSeries, gitMsPerSeries, referenceMs, rss, heapUsed, openFiles } = look
  const { disk, rows, mailRefs, seriesRefs } = look
  const line = [
    `day ${day}: ${cpuMsPerSeries.toFixed(0)} ms a series, ${gitMsPerSeries.toFixed(0)} of them git's (reference ${referenceMs.toFixed(0)} ms)`,
    `RSS ${megabytes(rss)} MB, heap ${megabytes(heapUsed)} MB, ${openFiles} files open`,
    `disk: archive ${megabytes(disk.archive)}, journal ${megabytes(disk.journal)}, repositories ${megabytes(disk.repositories)}, rows ${megabytes(disk.rows)}, beyond ${megabytes(disk.beyond)} MB in ${disk.files} files, ${disk.packs} packs`,
    `refs of the mirror: ${mailRefs} of mails, ${seriesRefs} of series`,
  ].join('; ')
  const counts = Object.entries(rows).map(([table, number]) => `${table} ${number}`)
  process.stdout.write(`${line}\n  rows: ${counts.join(', ')}\n`)
}

interface Verdict {
  readonly line: string
  readonly isFlat: boolean
}

/** Compares the median over the first looks with that over the last; flat: grown by no more than a part, or by `slack`. */
function compare(
  what: string,
  looks: readonly SoakLook[],
  value: (look: SoakLook) => number,
  { part, slack, unit }: { readonly part: number; readonly slack: number; readonly unit: string },
): Verdict {
  const some = Math.max(1, Math.min(Math.ceil(daysCompared / daysPerLook), looks.length / 2))
  const first = median(looks.slice(0, some).map(value))
  const last = median(looks.slice(-some).map(value))
  const isFlat = last <= first * (1 + part) || last - first <= slack
  const span = `days ${looks.at(0)?.day} to ${looks.at(-1)?.day}`
  const numbers = `${first.toFixed(1)} ${unit} first, ${last.toFixed(1)} ${unit} last (${(last / first).toFixed(2)} times)`
  return { line: `${isFlat ? 'FLAT' : 'GREW'}: ${what}: ${numbers}, ${span}`, isFlat }
}

/** Those of the process that lived longest, once it is warm. */
function ofLongestLife(looks: readonly SoakLook[]): readonly SoakLook[] {
  const lives = groupBy(looks, ({ kills }) => kills)
  const longest = [...lives.values()].toSorted((a, b) => b.length - a.length)[0] ?? []
  const begun = longest[0]?.day ?? 0
  return longest.filter(({ day }) => day >= begun + warmDays)
}

const begun = Date.now()
const result = await runSoak({
  directory: folder,
  days: count,
  seriesPerDay: Number(seriesPerDay),
  stepsPerDay: Number(stepsPerDay),
  isDeadly,
  daysPerLook,
  seed: 8,
  program: {
    file: path.resolve(import.meta.dirname, '../test/support/soak/soak-service.ts'),
    nodeOptions: ['--import', 'tsx', ...(process.env['SOAK_NODE_OPTIONS']?.split(' ') ?? [])],
  },
  onLook: show,
})
const first = median(result.cpuMsPerSeries.slice(0, daysCompared))
const last = median(result.cpuMsPerSeries.slice(-daysCompared))
const minutes = ((Date.now() - begun) / 60_000).toFixed(1)
const life = ofLongestLife(result.looks)
const inMegabytes = { part: 0.1, slack: 16, unit: 'MB' }
const verdicts = [
  compare('RSS of one process', life, ({ rss }) => rss / megabyte, inMegabytes),
  compare('heap of one process', life, ({ heapUsed }) => heapUsed / megabyte, inMegabytes),
  compare('open files of one process', life, ({ openFiles }) => openFiles, {
    part: 0.1,
    slack: 20,
    unit: 'files',
  }),
  compare(
    'disk beyond archive, journal, refs and rows',
    result.looks,
    ({ disk }) => disk.beyond / megabyte,
    { part: 0.1, slack: 32, unit: 'MB' },
  ),
  compare(
    'processor time of a series, as a multiple of the reference',
    // Where somebody was killed on every day since the last look, nobody knows.
    result.looks.filter(({ cpuMsPerSeries }) => !Number.isNaN(cpuMsPerSeries)),
    ({ cpuMsPerSeries, referenceMs }) => cpuMsPerSeries / referenceMs,
    { part: 0.15, slack: 0, unit: '' },
  ),
]
const lines = [
  `${result.series} series in ${result.mails} mails, ${result.reports} reports, ${result.kills} kills, ${minutes} minutes`,
  `a series cost ${first.toFixed(0)} ms on the first ${daysCompared} days and ${last.toFixed(0)} ms on the last: ${(last / first).toFixed(2)} times`,
  ...verdicts.map(({ line }) => line),
  result.faults.length === 0
    ? 'WHOLE: every report went out exactly once, no mail and no series was lost, nothing is left to do'
    : `BROKEN: ${result.faults.length} faults`,
  ...result.faults.map((fault) => `FAULT: ${fault}`),
]
process.stdout.write(`${lines.join('\n')}\n`)
process.exitCode = result.faults.length === 0 && verdicts.every(({ isFlat }) => isFlat) ? 0 : 1

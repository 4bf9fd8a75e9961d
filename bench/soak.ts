/*
 * A simulated year of a list through the real service, which is killed now and then: what memory, open files and disk do,
 * what a series costs on the last days compared with the first, and whether anything was lost or sent twice.
 * `npx tsx bench/soak.ts [days] [series a day] [steps a day] [folder]`; 365 days with 55 series each by default, in
 * which the clock is moved 8 times. A folder in memory
 * (/dev/shm/soak) is quicker.
 */
import { tmpdir } from 'node:os'
import path from 'node:path'
import { median, runSoak, type SoakLook } from '../test/support/soak/run-soak.ts'

const [
  days = '365',
  seriesPerDay = '55',
  stepsPerDay = '8',
  folder = path.join(tmpdir(), 'patchferry-soak'),
] = process.argv.slice(2)
const daysCompared = Math.min(30, Math.floor(Number(days) / 3))

function megabytes(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1)
}

function show({
  day,
  cpuMsPerSeries,
  gitMsPerSeries,
  rss,
  heapUsed,
  openFiles,
  disk,
  rows,
}: SoakLook): void {
  const line = [
    `day ${day}: ${cpuMsPerSeries.toFixed(0)} ms a series, ${gitMsPerSeries.toFixed(0)} of them git's`,
    `RSS ${megabytes(rss)} MB, heap ${megabytes(heapUsed)} MB, ${openFiles} files open`,
    `disk: archive ${megabytes(disk.archive)}, journal ${megabytes(disk.journal)}, repositories ${megabytes(disk.repositories)}, rows ${megabytes(disk.rows)}, beyond ${megabytes(disk.beyond)} MB in ${disk.files} files, ${disk.packs} packs`,
  ].join('; ')
  const counts = Object.entries(rows).map(([table, count]) => `${table} ${count}`)
  process.stdout.write(`${line}\n  rows: ${counts.join(', ')}\n`)
}

const begun = Date.now()
const result = await runSoak({
  directory: folder,
  days: Number(days),
  seriesPerDay: Number(seriesPerDay),
  stepsPerDay: Number(stepsPerDay),
  daysPerKill: 9,
  daysPerLook: Math.max(1, Math.min(30, Math.floor(Number(days) / 4))),
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
const lines = [
  `${result.series} series in ${result.mails} mails, ${result.reports} reports, ${result.kills} kills, ${minutes} minutes`,
  `a series cost ${first.toFixed(0)} ms on the first ${daysCompared} days and ${last.toFixed(0)} ms on the last: ${(last / first).toFixed(2)} times`,
  ...result.faults.map((fault) => `FAULT: ${fault}`),
]
process.stdout.write(`${lines.join('\n')}\n`)
process.exitCode = result.faults.length === 0 ? 0 : 1

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { testGitEnvironment } from '../../test/support/test-repo.ts'

const main = path.resolve(import.meta.dirname, '../../dist/main.js')

const config = `bot: { address: patchferry@example.org }
lists: [{ name: devel, address: devel@lists.example.org, sources: [{ maildir: ./inbox }] }]
projects: [{ name: bench, lists: [devel], mirror: { forge: plain, url: ./mirror.git } }]
delivery: { maildir: ./outgoing }
log: { level: error }
`

/** Writes down, when the process ends, its CPU time and the most memory it had. */
const usage = `import { writeFileSync } from 'node:fs'
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  writeFileSync('usage', JSON.stringify([(userCPUTime + systemCPUTime) / 1e6, maxRSS / 1024]))
})`

/** A new folder in `parent` with a configuration, its mirror, and no state. */
export function openWorkplace(parent: string): string {
  const folder = mkdtempSync(path.join(parent, 'patchferry-import-'))
  for (const maildir of ['inbox', 'outgoing']) {
    for (const part of ['cur', 'new', 'tmp']) {
      mkdirSync(path.join(folder, maildir, part), { recursive: true })
    }
  }
  execFileSync('git', ['init', '-q', '--bare', 'mirror.git'], {
    cwd: folder,
    env: testGitEnvironment(),
  })
  writeFileSync(path.join(folder, 'patchferry.yml'), config)
  writeFileSync(path.join(folder, 'usage.mjs'), usage)
  return folder
}

export interface Run {
  readonly seconds: number
  readonly cpuSeconds: number
  /** The high-water mark of its resident memory, as `VmHWM` says it. */
  readonly peakMib: number
}

/** Runs `patchferry` to its end, as a process of its own. */
export function runPatchferry(folder: string, ...args: readonly string[]): Run {
  const seconds = secondsOf(() => {
    execFileSync(
      process.execPath,
      ['--import', path.join(folder, 'usage.mjs'), main, ...args, '-c', 'patchferry.yml'],
      { cwd: folder, env: testGitEnvironment(), stdio: ['ignore', 'ignore', 'inherit'] },
    )
  })
  const [cpuSeconds, peakMib] = JSON.parse(
    readFileSync(path.join(folder, 'usage'), 'utf8'),
  ) as readonly [number, number]
  return { seconds, cpuSeconds, peakMib }
}

export function secondsOf(work: () => void): number {
  const start = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - start) / 1e9
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

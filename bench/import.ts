/*
 * How fast an archive is imported and threaded: `patchferry import`, then `patchferry sync`, as processes of their own on
 * fresh state, against `git mailsplit` and one `git mailinfo` process per mail, in turns. With `--sample N` mailinfo is run
 * on N mails, evenly drawn, and its time scaled, which the output says.
 * `npm run build && npx tsx bench/import.ts --repo GITDIR [--repo GITDIR] [--messages N] [--rounds N] [--sample N]
 *   [--folder DIR] [--corpus DIR]`
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { testGitEnvironment } from '../test/support/test-repo.ts'
import { cachedMailbox } from './import/mail-cache.ts'
import { median, openWorkplace, runPatchferry, secondsOf } from './import/workplace.ts'

const { values } = parseArgs({
  options: {
    repo: { type: 'string', multiple: true, default: [] },
    folder: { type: 'string', default: path.join(tmpdir(), 'patchferry-bench-mails') },
    messages: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    sample: { type: 'string' },
    corpus: { type: 'string' },
  },
})
const count = Number(values.messages)
const env = testGitEnvironment()

interface Reference {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly isScaled: boolean
}

/** `times` of the shell prints minutes and seconds: its own, then those of its children. */
function cpuSecondsOf(times: string): number {
  return [...times.matchAll(/(?<minutes>\d+)m(?<seconds>[\d.]+)s/g)].reduce(
    (sum, { groups }) => sum + Number(groups?.['minutes']) * 60 + Number(groups?.['seconds']),
    0,
  )
}

function reference(mailbox: string, folder: string): Reference {
  const split = path.join(folder, 'split')
  mkdirSync(split)
  const splitting = secondsOf(() => {
    execFileSync('git', ['mailsplit', '-d8', `-o${split}`, mailbox], { env, stdio: 'ignore' })
  })
  const names = readdirSync(split)
  const step = Math.max(1, names.length / Number(values.sample ?? names.length))
  const sample = names.filter(
    (_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step),
  )
  writeFileSync(path.join(folder, 'sample'), sample.map((name) => `${name}\n`).join(''))
  const loop =
    'while read -r f; do git mailinfo ../msg ../patch < "$f" > ../info 2> ../errors || :; done < ../sample; times'
  let times = ''
  const reading = secondsOf(() => {
    times = execFileSync('sh', ['-c', loop], { cwd: split, env }).toString()
  })
  rmSync(split, { recursive: true })
  const scale = names.length / sample.length
  return {
    seconds: splitting + reading * scale,
    cpuSeconds: splitting + cpuSecondsOf(times) * scale,
    isScaled: scale > 1,
  }
}

/** One round; its ratio of wall times. */
function round(mailbox: string): number {
  const folder = openWorkplace(values.folder)
  try {
    const git = reference(mailbox, folder)
    const importing = runPatchferry(folder, 'import', '--quiet', mailbox)
    const threading = runPatchferry(folder, 'sync')
    const seconds = importing.seconds + threading.seconds
    const cpuSeconds = importing.cpuSeconds + threading.cpuSeconds
    const ratio = git.seconds / seconds
    process.stdout.write(
      `${count} mails: git ${git.seconds.toFixed(1)} s${git.isScaled ? ' (scaled from a sample)' : ''}, ` +
        `CPU ${git.cpuSeconds.toFixed(1)} s; import ${importing.seconds.toFixed(1)} s ` +
        `(${importing.peakMib.toFixed(0)} MiB), threading ${threading.seconds.toFixed(1)} s ` +
        `(${threading.peakMib.toFixed(0)} MiB), CPU ${cpuSeconds.toFixed(1)} s; ` +
        `${ratio.toFixed(2)} times as fast, ${(git.cpuSeconds / cpuSeconds).toFixed(2)} by CPU\n`,
    )
    return ratio
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const mailbox = await cachedMailbox(count, {
  folder: values.folder,
  repositories: values.repo,
  corpus: values.corpus ?? null,
})
const ratios = Array.from({ length: Number(values.rounds) }, () => round(mailbox))
process.stdout.write(
  `median ${median(ratios).toFixed(2)} times as fast as git, from ${Math.min(...ratios).toFixed(2)} ` +
    `to ${Math.max(...ratios).toFixed(2)} (${ratios.length} rounds)\n`,
)

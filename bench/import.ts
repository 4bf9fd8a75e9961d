/*
 * How fast an archive is imported and threaded: `patchferry import`, then `patchferry sync`, as processes of their own on
 * fresh state, against `git mailsplit` and one `git mailinfo` process per mail (on a sample of 2,000, scaled).
 * `npm run build && npx tsx bench/import.ts --repo GITDIR [--repo GITDIR] --cache DIR [--messages N] [--corpus DIR]`
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { testGitEnvironment } from '../test/support/test-repo.ts'
import { cachedMailbox } from './import/mail-cache.ts'

const { values } = parseArgs({
  options: {
    repo: { type: 'string', multiple: true, default: [] },
    cache: { type: 'string', default: path.join(tmpdir(), 'patchferry-bench-mails') },
    messages: { type: 'string', default: '100000' },
    corpus: { type: 'string' },
  },
})
const main = path.resolve(import.meta.dirname, '../dist/main.js')
const sampleSize = 2000
const count = Number(values.messages)
const env = testGitEnvironment()

function secondsOf(work: () => void): number {
  const start = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - start) / 1e9
}

function reference(mailbox: string, folder: string): number {
  const split = path.join(folder, 'split')
  mkdirSync(split)
  const splitting = secondsOf(() => {
    execFileSync('git', ['mailsplit', '-d8', `-o${split}`, mailbox], { env, stdio: 'ignore' })
  })
  const names = readdirSync(split)
  const step = Math.max(1, Math.floor(names.length / sampleSize))
  const sample = names.filter((_, index) => index % step === 0)
  const list = path.join(folder, 'sample')
  writeFileSync(list, sample.map((name) => `${name}\n`).join(''))
  const loop = `while read -r f; do git mailinfo ../msg ../patch < "$f" > ../info || :; done < ../sample`
  const reading = secondsOf(() => {
    execFileSync('sh', ['-c', loop], { cwd: split, env, stdio: 'ignore' })
  })
  return splitting + (reading * names.length) / sample.length
}

const config = `bot: { address: patchferry@example.org }
lists: [{ name: devel, address: devel@lists.example.org, sources: [{ maildir: ./inbox }] }]
projects: [{ name: bench, lists: [devel], mirror: { forge: plain, url: ./mirror.git } }]
delivery: { maildir: ./outgoing }
log: { level: error }
`

/** Seconds of a command line, and the most memory it had, in MiB. */
function run(folder: string, ...args: readonly string[]): readonly [number, number] {
  const peak = path.join(folder, 'peak.mjs')
  writeFileSync(
    peak,
    `import { writeFileSync } from 'node:fs'
    process.on('exit', () => writeFileSync('peak', String(process.resourceUsage().maxRSS / 1024)))`,
  )
  const seconds = secondsOf(() => {
    execFileSync(process.execPath, ['--import', peak, main, ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  })
  const mib = Number(execFileSync('cat', ['peak'], { cwd: folder }).toString())
  return [seconds, mib]
}

const mailbox = await cachedMailbox(count, {
  folder: values.cache,
  repositories: values.repo,
  corpus: values.corpus ?? null,
})
const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-import-'))
try {
  for (const maildir of ['inbox', 'outgoing']) {
    for (const part of ['cur', 'new', 'tmp']) {
      mkdirSync(path.join(folder, maildir, part), { recursive: true })
    }
  }
  execFileSync('git', ['init', '-q', '--bare', 'mirror.git'], { cwd: folder, env })
  writeFileSync(path.join(folder, 'patchferry.yml'), config)
  const git = reference(mailbox, folder)
  const [importing, importMib] = run(folder, 'import', '-c', 'patchferry.yml', mailbox)
  const [threading, threadMib] = run(folder, 'sync', '-c', 'patchferry.yml')
  const ours = importing + threading
  process.stdout.write(
    `${count} mails: git ${git.toFixed(1)} s (mailinfo scaled from a sample); import ${importing.toFixed(1)} s ` +
      `(${importMib.toFixed(0)} MiB), threading ${threading.toFixed(1)} s (${threadMib.toFixed(0)} MiB); ` +
      `${(git / ours).toFixed(2)} times as fast as git\n`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

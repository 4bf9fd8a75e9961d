/*
 * How faithful the engine is on real history: series made from the topic merges of a project, applied by the engine and by
 * `git am -3 --committer-date-is-author-date`, on the base they were written on and on the mainline just before they were
 * merged. `npx tsx bench/faithful.ts --repo GITDIR [--count N] [--skip N] [--no-cover] [--ladder] [--write DIR]`: `--ladder` also
 * looks for the base by the blob names alone, `--write` keeps the mails and what they must give.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { AppliedHow } from '../src/core/apply/application.ts'
import type { RefName, Sha } from '../src/core/ids.ts'
import { openGitEngine } from '../src/git/engine/open-git-engine.ts'
import { createRepository } from '../src/git/engine/repository.ts'
import type { GitEngine, PatchMail } from '../src/git/git-engine.ts'
import { readAsGit } from '../src/mail/parse/read-as-git.ts'
import { toPatchMails } from '../test/support/patch-mails.ts'
import { type Git, gitOf } from './faithful/git-of.ts'
import {
  type HistorySeries,
  mailsOf,
  type SeriesMails,
  slicedMainline,
  topicMerges,
} from './faithful/history-series.ts'
import { type Judge, openJudge } from './faithful/judge.ts'
import { makeTally } from './faithful/tally.ts'

const { values } = parseArgs({
  options: {
    repo: { type: 'string' },
    count: { type: 'string', default: '100' },
    skip: { type: 'string', default: '0' },
    'no-cover': { type: 'boolean', default: false },
    ladder: { type: 'boolean', default: false },
    write: { type: 'string' },
    temp: { type: 'string', default: tmpdir() },
  },
})
const { signal } = new AbortController()
const committer = { name: 'Patchferry', address: 'patchferry@localhost' }
const tally = makeTally(20)
const spent = { ours: 0, am: 0 }
/** How many patches were applied in each way. */
const ways = new Map<AppliedHow, number>()

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** A repository of ours that borrows the objects of the project: the project itself is only read. */
async function borrowingRepository(gitDir: string, folder: string): Promise<string> {
  const place = path.join(folder, 'ours.git')
  await createRepository(place)
  const objects = gitOf(gitDir)('rev-parse', '--path-format=absolute', '--git-path', 'objects')
  writeFileSync(path.join(place, 'objects/info/alternates'), `${objects}\n`)
  return place
}

async function timed<T>(who: 'ours' | 'am', work: () => T | Promise<T>): Promise<T> {
  const start = performance.now()
  try {
    return await work()
  } finally {
    spent[who] += performance.now() - start
  }
}

async function ourTip(
  engine: GitEngine,
  base: Sha,
  patches: readonly PatchMail[],
): Promise<Outcome> {
  const request = { base, patches, committer, skipMerged: false }
  const applied = await timed('ours', async () => engine.apply(request, signal))
  for (const { how } of applied.commits) {
    ways.set(how, (ways.get(how) ?? 0) + 1)
  }
  return applied.outcome === 'conflict'
    ? {
        tip: null,
        reason: `ours refuses patch ${applied.conflict.number}: ${applied.conflict.output}`,
      }
    : { tip: applied.head, reason: `ours gives ${applied.head}` }
}

interface Outcome {
  readonly tip: Sha | null
  readonly reason: string
}

async function compare(
  question: string,
  sides: { readonly engine: GitEngine; readonly judge: Judge },
  base: Sha,
  mails: SeriesMails,
): Promise<Sha | null> {
  const ours = await ourTip(sides.engine, base, toPatchMails(mails.patches))
  const theirs = await timed('am', () => sides.judge.apply(base, mails.patches))
  tally.add(
    question,
    ours.tip === theirs,
    `${base}: ${ours.reason.slice(0, 300)}, git am ${theirs}`,
  )
  tally.add(`${question}: git am applies it`, theirs !== null, '')
  return ours.tip
}

/** Tree, author and message of the commits against the originals. */
function compareWithOriginal(git: Git, series: HistorySeries, tip: Sha): void {
  const log = ['log', '--reverse', '--topo-order', '--date=raw']
  const originals = `${series.base}..${series.commits.at(-1) ?? series.base}`
  for (const [what, fields] of [
    ['tree', '%T'],
    ['author', '%an %ae %ad'],
    ['message', '%B'],
  ] as const) {
    const theirs = git(...log, `--format=${fields}%x00`, originals).split('\0')
    const ours = git(...log, `--format=${fields}%x00`, `${series.base}..${tip}`).split('\0')
    const first = theirs.findIndex((text, index) => text !== ours[index])
    tally.add(
      `same ${what} as the original, every commit`,
      first === -1,
      `${series.commits[first] ?? ''}: ${JSON.stringify([theirs[first], ours[first]]).slice(0, 300)}`,
    )
  }
}

/** Whether the ladder, knowing only the patches and the mainline, finds a base on which the series applies. */
async function compareLadder(
  engine: GitEngine,
  series: HistorySeries,
  mails: SeriesMails,
): Promise<void> {
  const patches = toPatchMails(mails.patches)
  const branch = series.mainline ?? series.commits.at(-1) ?? series.base
  const choice = await engine.chooseBase(
    {
      given: null,
      baseCommit: null,
      dependencies: [],
      prefixes: [],
      prefixBranches: {},
      branches: [branch as string as RefName],
      patches,
      committer,
      remotes: [],
    },
    signal,
  )
  if (choice.outcome === 'base-missing') {
    throw new Error(`no base for ${branch}`)
  }
  const rung = choice.rungs.at(-1)?.finding ?? ''
  const applied = await ourTip(engine, choice.base, patches)
  tally.add('base found by blob names', choice.rule === 'blob-index', `${series.base}: ${rung}`)
  tally.add('series applies on the base found', applied.tip !== null, `${series.base}: ${rung}`)
  tally.add('base found is the original one', choice.base === series.base, '')
}

function keep(directory: string, index: number, mails: SeriesMails, line: string): void {
  const folder = path.join(directory, String(index).padStart(5, '0'))
  mkdirSync(folder, { recursive: true })
  const { cover, patches } = mails
  for (const [number, mail] of [...(cover === null ? [] : [cover]), ...patches].entries()) {
    writeFileSync(path.join(folder, `${String(number).padStart(4, '0')}.eml`), mail)
  }
  appendFileSync(path.join(directory, 'expected.tsv'), `${index}\t${line}\n`)
}

async function main(gitDir: string): Promise<void> {
  const folder = mkdtempSync(path.join(values.temp, 'patchferry-faithful-'))
  const place = await borrowingRepository(gitDir, folder)
  const engine = await openGitEngine(place, { tempDirectory: folder, readMail: readAsGit })
  try {
    const git = gitOf(gitDir)
    const skipped = Number(values.skip)
    const count = Number(values.count) + skipped
    const merged = topicMerges(git, count)
    const found = merged.length < count / 10 ? slicedMainline(git, count) : merged
    const all = found.slice(skipped)
    const patchCount = all.reduce((sum, { commits }) => sum + commits.length, 0)
    say(`${all.length} series, ${patchCount} patches, of ${gitDir}`)
    const judge = openJudge(gitDir, folder, committer)
    const [ourGit, sides] = [gitOf(place), { engine, judge }]
    for (const [index, series] of all.entries()) {
      const mails = mailsOf(git, series, !values['no-cover'])
      const tip = await compare('own base: same tip as git am -3', sides, series.base, mails)
      if (tip !== null) {
        compareWithOriginal(ourGit, series, tip)
      }
      if (series.mainline !== null) {
        await compare('mainline before the merge: same as git am -3', sides, series.mainline, mails)
      }
      if (values.ladder) {
        await compareLadder(engine, series, mails)
      }
      if (values.write !== undefined) {
        keep(values.write, index, mails, `${series.base}\t${tip ?? 'refused'}`)
      }
    }
    tally.print(say)
    say(`patches by way: ${[...ways].map(([how, count]) => `${how} ${count}`).join(', ')}`)
    say(
      `ours ${(spent.ours / 1000).toFixed(1)} s, git am in a persistent work tree ${(spent.am / 1000).toFixed(1)} s`,
    )
  } finally {
    await engine.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (values.repo === undefined) {
  say(
    'usage: npx tsx bench/faithful.ts --repo GITDIR [--count N] [--skip N] [--no-cover] [--ladder] [--write DIR] [--temp DIR]',
  )
  process.exitCode = 2
} else {
  await main(path.resolve(values.repo))
}

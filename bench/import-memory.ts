/*
 * The most memory that importing and threading take, for archives of two sizes, each as a process of its own on fresh
 * state: the larger may take at most 1.1 times what the smaller does.
 * `npm run build && npx tsx bench/import-memory.ts --repo GITDIR [--messages N --messages M] [--rounds N] [--folder DIR]
 *   [--only-import] [--corpus DIR]`
 */
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { cachedMailbox } from './import/mail-cache.ts'
import { median, openWorkplace, runPatchferry } from './import/workplace.ts'

const { values } = parseArgs({
  options: {
    repo: { type: 'string', multiple: true, default: [] },
    folder: { type: 'string', default: path.join(tmpdir(), 'patchferry-bench-mails') },
    messages: { type: 'string', multiple: true, default: ['100000', '1000000'] },
    rounds: { type: 'string', default: '3' },
    'only-import': { type: 'boolean', default: false },
    corpus: { type: 'string' },
  },
})

/** Peak of the import and of the threading after it, in MiB. */
function peaks(mailbox: string): readonly number[] {
  const folder = openWorkplace(values.folder)
  try {
    const importing = runPatchferry(folder, 'import', '--quiet', mailbox)
    const threading = values['only-import'] ? [] : [runPatchferry(folder, 'sync')]
    return [importing, ...threading].map(({ peakMib }) => peakMib)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const medians: number[][] = []
for (const count of values.messages.map(Number)) {
  const mailbox = await cachedMailbox(count, {
    folder: values.folder,
    repositories: values.repo,
    corpus: values.corpus ?? null,
  })
  const rounds = Array.from({ length: Number(values.rounds) }, () => peaks(mailbox))
  const ofEach = (rounds[0] ?? []).map((_, at) => median(rounds.map((round) => round[at] ?? 0)))
  medians.push(ofEach)
  process.stdout.write(
    `${count} mails: ${ofEach.map((mib) => `${mib.toFixed(0)} MiB`).join(', then threading ')} ` +
      `(median of ${rounds.length}: ${rounds.map((round) => round.map((mib) => mib.toFixed(0)).join('/')).join(', ')})\n`,
  )
}
const [small = [], ...others] = medians
const large = others.at(-1) ?? small
process.stdout.write(
  `${large.map((mib, at) => (mib / (small[at] ?? 1)).toFixed(2)).join(', threading ')} times as much\n`,
)

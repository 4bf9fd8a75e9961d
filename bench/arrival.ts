/*
 * What one more mail costs in archives of several sizes: a reply to a patch that all of them hold is taken and its thread
 * assembled. Counts statements, and the rows they give, and takes the time.
 * `npm run build && npx tsx bench/arrival.ts --repo GITDIR [--messages N --messages M] [--arrivals N] [--folder DIR]
 *   [--state DIR --state DIR] [--corpus DIR]`; `--state` names folders in which such archives were imported already.
 */
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import Sqlite from 'better-sqlite3'
import { openArchive } from '../src/app/open-records.ts'
import { takeMails } from '../src/flow/intake/take-mail.ts'
import type { FlowPorts } from '../src/flow/ports.ts'
import { assembleMails } from '../src/flow/series/assemble-mails.ts'
import { openWatchedStore } from '../test/store/watched-store.ts'
import { openFlowBench } from '../test/support/flow-bench.ts'
import { cachedMailbox } from './import/mail-cache.ts'
import { median, openWorkplace, runPatchferry } from './import/workplace.ts'

const { values } = parseArgs({
  options: {
    repo: { type: 'string', multiple: true, default: [] },
    folder: { type: 'string', default: path.join(tmpdir(), 'patchferry-bench-mails') },
    messages: { type: 'string', multiple: true, default: ['100000', '1000000'] },
    arrivals: { type: 'string', default: '200' },
    state: { type: 'string', multiple: true, default: [] },
    corpus: { type: 'string' },
  },
})
const never = new AbortController().signal

/** Message-IDs of patches, evenly drawn from the first of them: each archive begins with the same mails. */
function patchesIn(storeFile: string, count: number): readonly string[] {
  const database = new Sqlite(storeFile, { readonly: true })
  try {
    return database
      .prepare<[number], string>(
        `select name from message_id join message using (id)
         where name like 'patch.v1.%' and message_id.id < 60000 and message_id.id % 97 = 3 limit ?`,
      )
      .pluck()
      .all(count)
  } finally {
    database.close()
  }
}

interface Cost {
  readonly statements: number
  readonly rows: number
  readonly milliseconds: number
}

async function arrive(
  patch: string,
  ports: FlowPorts,
  runs: readonly { readonly rows: number }[],
): Promise<Cost> {
  const at = new Date()
  const id = `arrival.${at.getTime()}.${patch}`
  const raw = Buffer.from(
    `From: Re Viewer <re@example.org>\nDate: ${at.toUTCString()}\nMessage-ID: <${id}>\n` +
      `In-Reply-To: <${patch}>\nReferences: <${patch}>\nSubject: Re: that patch\n\nReviewed-by: Re Viewer <re@example.org>\n`,
  )
  const delivery = { raw, source: 'bench', location: id, arrivedAt: at, isSilent: true }
  const before = runs.length
  const startedAt = performance.now()
  await takeMails([delivery], ports, async () => undefined, never)
  let milliseconds = performance.now() - startedAt
  // What is imported and not threaded yet waits too: this one goes first.
  await ports.store.transaction((tx) => tx.enqueue('assemble', patch, new Date(0)))
  const job = await ports.store.claim(['assemble'], 'bench', at, new Date(at.getTime() + 60_000))
  const assembledAt = performance.now()
  await assembleMails(job === null ? [] : [job], ports, never)
  milliseconds += performance.now() - assembledAt
  const own = runs.slice(before)
  return {
    statements: own.length,
    rows: own.reduce((sum, { rows }) => sum + rows, 0),
    milliseconds,
  }
}

async function measure(state: string): Promise<void> {
  const storeFile = path.join(state, 'state/store.sqlite')
  const bench = await openFlowBench()
  const watched = await openWatchedStore(storeFile)
  const archive = await openArchive(path.join(state, 'state/archive'), bench.ports.log)
  const ports: FlowPorts = {
    ...bench.ports,
    store: watched.store,
    archive,
    clock: () => new Date(),
  }
  try {
    const count = await watched.store.read((reader) => reader.messageCount())
    const costs: Cost[] = []
    for (const patch of patchesIn(storeFile, Number(values.arrivals))) {
      costs.push(await arrive(patch, ports, watched.runs))
    }
    const times = costs.map(({ milliseconds }) => milliseconds)
    process.stdout.write(
      `one more mail among ${count}: ${median(costs.map(({ statements }) => statements))} statements, ` +
        `${median(costs.map(({ rows }) => rows))} rows, ${median(times).toFixed(1)} ms ` +
        `(median of ${costs.length}; sums ${costs.reduce((sum, { statements }) => sum + statements, 0)} statements, ` +
        `${costs.reduce((sum, { rows }) => sum + rows, 0)} rows)\n`,
    )
  } finally {
    await archive.close()
    await watched.store.close()
    await bench.close()
  }
}

for (const state of values.state) {
  await measure(state)
}
for (const count of values.state.length > 0 ? [] : values.messages.map(Number)) {
  const mailbox = await cachedMailbox(count, {
    folder: values.folder,
    repositories: values.repo,
    corpus: values.corpus ?? null,
  })
  const folder = openWorkplace(values.folder)
  try {
    runPatchferry(folder, 'import', '--quiet', mailbox)
    runPatchferry(folder, 'sync')
    await measure(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BotError } from '../../../src/core/bot-error.ts'
import { defaultLooseGapMs } from '../../../src/core/series/loose-join.ts'
import { copySqliteStore } from '../../../src/store/sqlite/copy-sqlite-store.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import { id, sampleDelivery, sampleMessage } from '../samples.ts'
import { codeOf, say } from './say.ts'

/*
 * Fills the small disk at argv[2] with a store, deletes ballast, goes on, and turns the disk read-only. Says in the
 * end what happened.
 */
const [folder = ''] = process.argv.slice(2)
const file = path.join(folder, 'store.sqlite')
const ballast = path.join(folder, 'ballast')

async function code(work: () => Promise<unknown>): Promise<string> {
  return await work().then(() => 'done', codeOf)
}

execFileSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=1024', 'count=1024', 'status=none'])
const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
await store.migrate()
let acknowledged = 0

async function add(): Promise<void> {
  const message = sampleMessage(id(`m-${acknowledged}`), { subject: 'x'.repeat(4000) })
  await store.transaction((tx) => tx.addMessage(message, sampleDelivery(message.messageId)))
  acknowledged += 1
}

async function fill(): Promise<void> {
  for (;;) {
    await add()
  }
}

const full = await code(fill)
const before = acknowledged
const kept = await store.read((reader) => reader.messageCount())
execFileSync('rm', [ballast])
const afterwards = await code(add)
await store.close()
const filler = path.join(folder, 'filler')
spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096', 'status=none'])
const openedFull = await code(() => openSqliteStore(file, { looseGapMs: defaultLooseGapMs }))
const elsewhere = await mkdtemp(path.join(tmpdir(), 'patchferry-roomy-'))
const roomy = path.join(elsewhere, 'store.sqlite')
const source = await openSqliteStore(roomy, { looseGapMs: defaultLooseGapMs })
await source.migrate()
const blamed = await copySqliteStore(roomy, path.join(folder, 'copy.sqlite')).then(
  () => 'nothing',
  ({ code: of, details }: BotError) => `${of} ${path.basename(String(details['file']))}`,
)
await source.close()
await rm(elsewhere, { recursive: true })
execFileSync('rm', [filler])
await (await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })).close()
execFileSync('mount', ['-o', 'remount,ro', folder])
const readOnly = await code(() => openSqliteStore(file, { looseGapMs: defaultLooseGapMs }))
execFileSync('mount', ['-o', 'remount,rw', folder])
const again = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
const inTheEnd = await again.read((reader) => reader.messageCount())
await again.close()
say({
  full,
  allKept: kept === before,
  afterwards,
  openedFull,
  blamed,
  readOnly,
  allThere: inTheEnd === acknowledged,
})

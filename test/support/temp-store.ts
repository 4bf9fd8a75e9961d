import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { defaultLooseGapMs } from '../../src/core/series/loose-join.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'

export interface TempStore {
  readonly store: Store
  readonly file: string
  /** The same store, opened once more. */
  readonly openAgain: () => Promise<Store>
  /** Closes all of them and removes the folder. */
  readonly close: () => Promise<void>
}

/** A migrated, empty store in a temporary folder of its own. */
export async function openTempStore(): Promise<TempStore> {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-store-'))
  const file = path.join(folder, 'store.sqlite')
  const opened: Store[] = []
  async function open(): Promise<Store> {
    const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
    opened.push(store)
    return store
  }
  const store = await open()
  await store.migrate()
  return {
    store,
    file,
    openAgain: open,
    async close() {
      for (const each of opened) {
        await each.close()
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

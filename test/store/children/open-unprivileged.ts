import { defaultLooseGapMs } from '../../../src/core/series/loose-join.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import { codeOf, say } from './say.ts'

/* Opens the store in argv[2] without the rights of root, writes, and says the code of the error. */
const [file = ''] = process.argv.slice(2)
if (process.getuid?.() === 0) {
  process.setuid?.(65534)
}
try {
  const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
  await store.migrate()
  await store.transaction((tx) => tx.saveCursor('maildir', 'written'))
  say('written')
} catch (error) {
  say(codeOf(error))
}

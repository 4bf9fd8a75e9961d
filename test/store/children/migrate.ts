import { once } from 'node:events'
import { defaultLooseGapMs } from '../../../src/core/series/loose-join.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import { codeOf, say } from './say.ts'

/* Opens and migrates the store in argv[2] once a line arrives, and says the versions or the code of the error. */
const [file = ''] = process.argv.slice(2)
say('ready')
await once(process.stdin, 'data')
try {
  const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
  say(await store.migrate())
  await store.close()
} catch (error) {
  say(codeOf(error))
}
process.stdin.destroy()

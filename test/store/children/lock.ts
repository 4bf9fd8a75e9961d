import { lockWorker } from '../../../src/store/sqlite/worker-lock.ts'
import { codeOf, say } from './say.ts'

/* Takes the worker lock of the store in argv[2] and keeps it until stdin ends. */
const [file = ''] = process.argv.slice(2)
try {
  lockWorker(file)
  say('locked')
} catch (error) {
  say(codeOf(error))
}
process.stdin.resume()

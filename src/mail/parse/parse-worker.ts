import { parentPort } from 'node:worker_threads'
import { toStorable } from '../../core/storable-message.ts'
import type { StorableMail } from '../mail-parser.ts'
import type { ParseAnswer, ParseRequest } from './parse-aside.ts'
import { parseMail } from './parse-mail.ts'

/* The other end of `parse-aside.ts`, in a thread of its own. */

/** So many are handed over at once: as few as cost no more than many do, so that hardly any outlives its turn. */
const mailsTogether = 50

function readMail(raw: Uint8Array): StorableMail {
  const parsed = parseMail(raw)
  if (parsed.outcome === 'unreadable') {
    return parsed
  }
  const { bounce, release } = parsed.body
  return { outcome: 'message', message: toStorable(parsed.message), body: { bounce, release } }
}

parentPort?.on('message', ({ bytes, ends, results }: ParseRequest) => {
  for (let at = 0; at < ends.length; at += mailsTogether) {
    const mails = ends
      .slice(at, at + mailsTogether)
      .map((end, index) => readMail(bytes.subarray(ends[at + index - 1] ?? 0, end)))
    results.postMessage(mails)
  }
  results.close()
  parentPort?.postMessage('parsed' satisfies ParseAnswer)
})

import { parentPort } from 'node:worker_threads'
import { toStorable } from '../../core/storable-message.ts'
import type { ParseAnswer, ParseRequest } from './parse-aside.ts'
import { parseMail } from './parse-mail.ts'

/* The other end of `parse-aside.ts`, in a thread of its own. */

parentPort?.on('message', ({ bytes, ends }: ParseRequest) => {
  const mails = ends.map((end, index) => {
    const parsed = parseMail(bytes.subarray(ends[index - 1] ?? 0, end))
    return parsed.outcome === 'unreadable'
      ? parsed
      : {
          outcome: parsed.outcome,
          message: toStorable(parsed.message),
          body: { bounce: parsed.body.bounce, release: parsed.body.release },
        }
  })
  parentPort?.postMessage({ mails } satisfies ParseAnswer)
})

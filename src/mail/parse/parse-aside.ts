import { Worker } from 'node:worker_threads'
import { inOnePiece } from '../../util/in-one-piece.ts'
import type { StorableMail } from '../mail-parser.ts'
import { parseMail } from './parse-mail.ts'

/** Some mails in one piece, and where each of them ends. */
export interface ParseRequest {
  readonly bytes: Uint8Array
  readonly ends: readonly number[]
}

export interface ParseAnswer {
  readonly mails: readonly StorableMail[]
}

/** Reads mails in a thread of its own, for those that take many at once. */
export interface AsideParser {
  /** As `parseMail` reads them, in order. */
  parse(raws: readonly Uint8Array[]): Promise<readonly StorableMail[]>
  close(): Promise<void>
}

interface Pending {
  readonly raws: readonly Uint8Array[]
  readonly resolve: (mails: readonly StorableMail[]) => void
}

function startThread(): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new Worker(new URL(`parse-worker.${extension}`, import.meta.url))
}

/** Where the thread that `start` gives cannot be started, or dies of a mail, its mails are read in this one. */
export function openAsideParser(start: () => Worker = startThread): AsideParser {
  const pending: Pending[] = []
  let worker: Worker | null = start()

  function giveUp(): void {
    worker = null
    for (const { raws, resolve } of pending.splice(0)) {
      resolve(raws.map(parseMail))
    }
  }
  worker.on('message', ({ mails }: ParseAnswer) => pending.shift()?.resolve(mails))
  worker.on('error', giveUp)
  worker.on('exit', giveUp)

  return {
    async parse(raws) {
      const thread = worker
      if (thread === null || raws.length === 0) {
        return raws.map(parseMail)
      }
      const { bytes, ends } = inOnePiece(raws)
      return await new Promise((resolve) => {
        pending.push({ raws, resolve })
        thread.postMessage({ bytes, ends } satisfies ParseRequest, [bytes.buffer])
      })
    },
    async close() {
      await worker?.terminate()
    },
  }
}

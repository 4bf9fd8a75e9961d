import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { inOnePiece } from '../../util/in-one-piece.ts'
import type { StorableMail } from '../mail-parser.ts'
import { parseMail } from './parse-mail.ts'

/** Some mails in one piece, and where each of them ends. */
export interface ParseRequest {
  readonly bytes: Uint8Array
  readonly ends: readonly number[]
  /** Takes some `StorableMail` at a time, in order. */
  readonly results: MessagePort
}

/** All of a request lies in its `results`. */
export type ParseAnswer = 'parsed'

/** Reads mails in a thread of its own, for those that take many at once. */
export interface AsideParser {
  /**
   * As `parseMail` reads them, in order, to be gone through once. They wait outside of this thread's heap until they are
   * asked for: thousands that lived in it together would be copied again and again by its garbage collector.
   */
  parse(raws: readonly Uint8Array[]): Promise<Iterable<StorableMail>>
  close(): Promise<void>
}

interface Pending {
  readonly raws: readonly Uint8Array[]
  readonly results: MessagePort
  readonly resolve: (mails: Iterable<StorableMail>) => void
}

function startThread(): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new Worker(new URL(`parse-worker.${extension}`, import.meta.url))
}

function* waitingOn(results: MessagePort): Generator<StorableMail> {
  for (;;) {
    const some: { readonly message: readonly StorableMail[] } | undefined =
      receiveMessageOnPort(results)
    if (some === undefined) {
      return
    }
    yield* some.message
  }
}

function* readHere(raws: readonly Uint8Array[]): Generator<StorableMail> {
  for (const raw of raws) {
    yield parseMail(raw)
  }
}

/** Where the thread that `start` gives cannot be started, or dies of a mail, its mails are read in this one. */
export function openAsideParser(start: () => Worker = startThread): AsideParser {
  const pending: Pending[] = []
  let worker: Worker | null = start()

  function giveUp(): void {
    worker = null
    for (const { raws, results, resolve } of pending.splice(0)) {
      results.close()
      resolve(readHere(raws))
    }
  }
  worker.on('message', (_answer: ParseAnswer) => {
    const done = pending.shift()
    done?.resolve(waitingOn(done.results))
  })
  worker.on('error', giveUp)
  worker.on('exit', giveUp)

  return {
    async parse(raws) {
      const thread = worker
      if (thread === null || raws.length === 0) {
        return readHere(raws)
      }
      const { bytes, ends } = inOnePiece(raws)
      const { port1, port2 } = new MessageChannel()
      return await new Promise((resolve) => {
        pending.push({ raws, results: port1, resolve })
        const request: ParseRequest = { bytes, ends, results: port2 }
        thread.postMessage(request, [bytes.buffer, port2])
      })
    },
    async close() {
      await worker?.terminate()
    },
  }
}

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { BotError, type Retry } from '../../core/bot-error.ts'
import type { ArchivePosition } from '../../core/delivery.ts'
import type { Logger } from '../../log/logger.ts'
import type { Archive } from '../../mail/archive.ts'
import {
  type DeliveryColumns,
  type EntryColumns,
  fromEntryColumns,
  toDeliveryColumns,
} from './archive-columns.ts'

export interface ArchiveThreadData {
  readonly directory: string
}

export type AppendRequest =
  | { readonly kind: 'append'; readonly deliveries: DeliveryColumns }
  | { readonly kind: 'stop' }
  | { readonly kind: 'close' }

export type AppendAnswer =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'appended'
      readonly before: ArchivePosition | null
      readonly entries: EntryColumns
    }
  /** In order, as `appended`; `fault` is null for what nobody foresaw. */
  | {
      readonly kind: 'fault'
      readonly fault: {
        readonly code: string
        readonly retry: Retry
        readonly remedy: string | null
        readonly details: Readonly<Record<string, unknown>>
      } | null
      readonly message: string
    }
  | {
      readonly kind: 'warning'
      readonly fields: Readonly<Record<string, unknown>>
      readonly message: string
    }

export interface AsideArchive extends Pick<Archive, 'append'> {
  close(): Promise<void>
}

interface Pending {
  readonly resolve: (appended: Awaited<ReturnType<Archive['append']>>) => void
  readonly reject: (error: unknown) => void
}

function startThread(data: ArchiveThreadData): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new Worker(new URL(`archive-worker.${extension}`, import.meta.url), { workerData: data })
}

function toError({ fault, message }: Extract<AppendAnswer, { kind: 'fault' }>): Error {
  if (fault === null) {
    return new Error(message)
  }
  const { remedy, ...options } = fault
  return new BotError(fault.code, message, remedy === null ? options : { ...options, remedy })
}

/**
 * Appends to the archive at `directory` in a thread of its own, which names, compresses, writes and fsyncs what the main
 * one need not wait for. Where the thread that `start` gives cannot be started, `archive` is appended to here. One that
 * dies later fails what it had not answered: that may be archived, and `recoverArchive` finds it.
 */
export function openAsideArchive(
  directory: string,
  archive: Pick<Archive, 'append'>,
  log: Logger,
  start: (data: ArchiveThreadData) => Worker = startThread,
): AsideArchive {
  const pending: Pending[] = []
  const thread = start({ directory })
  let isAlive = true
  const isReady = new Promise<boolean>((resolve) => {
    thread.on('message', (answer: AppendAnswer) => {
      if (answer.kind === 'ready') {
        resolve(true)
      } else if (answer.kind === 'warning') {
        log.warn(answer.fields, answer.message)
      } else if (answer.kind === 'fault') {
        pending.shift()?.reject(toError(answer))
      } else {
        const { before, entries } = answer
        pending.shift()?.resolve({ before, entries: fromEntryColumns(entries) })
      }
    })
    function giveUp(): void {
      isAlive = false
      resolve(false)
      for (const { reject } of pending.splice(0)) {
        reject(new Error('the thread that archives ended'))
      }
    }
    thread.on('error', giveUp)
    thread.on('exit', giveUp)
  })

  return {
    async append(deliveries, signal) {
      if (!(await isReady) || !isAlive) {
        return await archive.append(deliveries, signal)
      }
      signal.throwIfAborted()
      const columns = toDeliveryColumns(deliveries)
      function stop(): void {
        thread.postMessage({ kind: 'stop' } satisfies AppendRequest)
      }
      signal.addEventListener('abort', stop, { once: true })
      try {
        return await new Promise((resolve, reject) => {
          pending.push({ resolve, reject })
          const request: AppendRequest = { kind: 'append', deliveries: columns }
          thread.postMessage(request, [columns.bytes.buffer])
        })
      } finally {
        signal.removeEventListener('abort', stop)
      }
    },
    async close() {
      if ((await isReady) && isAlive) {
        const ended = once(thread, 'exit')
        thread.postMessage({ kind: 'close' } satisfies AppendRequest)
        await ended
      }
    },
  }
}

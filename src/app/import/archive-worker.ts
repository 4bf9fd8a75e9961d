import { parentPort, workerData } from 'node:worker_threads'
import { BotError } from '../../core/bot-error.ts'
import type { Logger } from '../../log/logger.ts'
import { openArchive } from '../open-records.ts'
import type { AppendAnswer, AppendRequest, ArchiveThreadData } from './archive-aside.ts'
import { type DeliveryColumns, fromDeliveryColumns, toEntryColumns } from './archive-columns.ts'

/* The other end of `archive-aside.ts`, in a thread of its own. */

function send(answer: AppendAnswer): void {
  parentPort?.postMessage(answer)
}

/** What the archive would log, the main thread logs. */
const log: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => send({ kind: 'warning', fields, message }),
  error: (fields, message) => send({ kind: 'warning', fields, message }),
  child: () => log,
}

const stopping = new AbortController()
const { directory } = workerData as ArchiveThreadData
const archive = await openArchive(directory, log)
/** Answers go out in the order of the requests. */
let queue: Promise<void> = Promise.resolve()

async function append(columns: DeliveryColumns): Promise<void> {
  try {
    const deliveries = fromDeliveryColumns(columns)
    const { before, entries } = await archive.append(deliveries, stopping.signal)
    send({ kind: 'appended', before, entries: toEntryColumns(entries) })
  } catch (error) {
    send(toFault(error))
  }
}

/** A class does not survive the way between threads. */
function toFault(error: unknown): AppendAnswer {
  if (!(error instanceof BotError)) {
    return { kind: 'fault', fault: null, message: String(error) }
  }
  const { code, retry, remedy, details, message } = error
  return { kind: 'fault', fault: { code, retry, remedy, details }, message }
}

parentPort?.on('message', (request: AppendRequest) => {
  if (request.kind === 'append') {
    queue = queue.then(() => append(request.deliveries))
  } else if (request.kind === 'stop') {
    stopping.abort()
  } else {
    void queue.then(() => archive.close()).then(() => parentPort?.close())
  }
})
send({ kind: 'ready' })

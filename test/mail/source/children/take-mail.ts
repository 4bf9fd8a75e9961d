import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { openSource, type SourceSpec } from '../../../support/source-spec.ts'
import type { TakenBatch } from '../../../support/taking-process.ts'

/**
 * Takes mail from a source as a worker does: a batch and its cursor become durable together, then the source is told.
 * It goes on where the record ends, and ends when it has caught up, or by SIGKILL when it has done `killAt` steps.
 */
const [spec = '', record = '', killAt = ''] = process.argv.slice(2)
const batchSize = 3
const { signal } = new AbortController()

function lastCursor(): string | null {
  const text = existsSync(record) ? readFileSync(record, 'utf8') : ''
  const line = text.split('\n').at(-2)
  return line === undefined ? null : (JSON.parse(line) as TakenBatch).cursor
}

function makeDurable(batch: TakenBatch): void {
  const file = openSync(record, 'a')
  writeSync(file, `${JSON.stringify(batch)}\n`)
  fsyncSync(file)
  closeSync(file)
}

const source = openSource(JSON.parse(spec) as SourceSpec, 3_600_000)
let mails: string[] = []
let cursor: string | null = null
let steps = 0

function step(): void {
  steps += 1
  if (String(steps) === killAt) {
    process.kill(process.pid, 'SIGKILL')
  }
}

async function flush(): Promise<void> {
  if (cursor !== null) {
    makeDurable({ mails, cursor })
    step()
    await source.settle(cursor, signal)
    step()
  }
  mails = []
  cursor = null
}

for await (const delivery of source.read(lastCursor(), signal)) {
  step()
  mails.push(Buffer.from(delivery.raw).toString('latin1'))
  cursor = delivery.cursor
  if (mails.length === batchSize) {
    await flush()
  }
}
await flush()
await source.close()

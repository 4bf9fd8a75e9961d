import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openJournal } from '../../src/app/open-records.ts'
import { toMessageId } from '../../src/core/ids.ts'
import { defaultLooseGapMs } from '../../src/core/series/loose-join.ts'
import { anyFreeAt, type SendLimits } from '../../src/flow/report/send-rate.ts'
import { runDueJobs } from '../../src/flow/run-jobs.ts'
import { createLogger } from '../../src/log/logger.ts'
import { smtpMailer } from '../../src/mail/send/smtp/smtp-mailer.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { sampleOutboxRecord } from '../store/samples.ts'
import { sendingPorts } from './sending-ports.ts'
import { openSink } from './smtp-sink.ts'

const { signal } = new AbortController()
const minuteMs = 60_000

export interface SendLoad {
  readonly taken: number
  readonly distinct: number
  readonly states: Readonly<Record<string, number>>
  /** The most that the server took in any minute and in any hour. */
  readonly mostPerMinute: number
  readonly mostPerHour: number
  /** How long it lasted by the clock of the sender. */
  readonly lastedMs: number
  readonly connections: number
  readonly peakHeapBytes: number
  readonly tookMs: number
}

function most(times: readonly number[], windowMs: number): number {
  let found = 0
  let from = 0
  for (const [index, at] of times.entries()) {
    while ((times[from] ?? at) <= at - windowMs) {
      from += 1
    }
    found = Math.max(found, index - from + 1)
  }
  return found
}

/**
 * Sends `count` reports through a real mail server, with real store and journal. The clock stands while mails may go, and
 * is put on to the time at which the next one may when none does, so that every limit is met at its strictest.
 */
export async function sendLoad(count: number, limits: SendLimits): Promise<SendLoad> {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-load-'))
  const begun = Date.now()
  const start = new Date('2026-01-01T00:00:00Z')
  let now = start
  const times: number[] = []
  const ids = new Set<string>()
  let connections = 0
  let peakHeapBytes = 0
  const sink = await openSink({
    onConnect: (_session, done) => {
      connections += 1
      done()
    },
    onData(stream, _session, done) {
      let head = ''
      stream.on('data', (chunk: Buffer) => {
        head = head.length < 4_000 ? head + chunk.toString('latin1') : head
      })
      stream.on('end', () => {
        ids.add(/^Message-ID: (?<id>.*)$/im.exec(head)?.groups?.['id'] ?? '')
        times.push(now.getTime())
        peakHeapBytes = Math.max(peakHeapBytes, process.memoryUsage().heapUsed)
        done(null)
      })
    },
  })
  const log = createLogger({ level: 'error', destination: { write: () => true }, secrets: [] })
  const file = path.join(folder, 'store.sqlite')
  const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
  await store.migrate()
  const journal = await openJournal(path.join(folder, 'journal.git'), log)
  const mailer = smtpMailer(sink.options)
  const parts = sendingPorts({ store, journal, mailer, clock: () => now, log })
  const ports = { ...parts, sending: { ...parts.sending, limits } }
  try {
    for (let n = 0; n < count; n += 100) {
      await store.transaction(async (tx) => {
        for (let at = n; at < Math.min(n + 100, count); at += 1) {
          const record = sampleOutboxRecord(`load-${at}`, { topic: null, createdAt: start })
          const messageId = toMessageId(`load.${at}@ci.example`)
          await tx.addToOutbox({ ...record, mail: { ...record.mail, messageId } })
          await tx.enqueue('send', record.key, start)
        }
      })
    }
    for (let due: Date | null = start; due !== null; ) {
      await runDueJobs(['send'], 'load', ports, signal, signal)
      due = await store.read(async (reader) => {
        const next = await reader.nextJobAt()
        return next === null ? null : ((await anyFreeAt(limits, reader, now)) ?? next)
      })
      now = due !== null && due > now ? due : now
    }
    const states = await store.read((reader) => reader.outboxCounts())
    return {
      taken: times.length,
      distinct: ids.size,
      states,
      mostPerMinute: most(times, minuteMs),
      mostPerHour: most(times, 60 * minuteMs),
      lastedMs: (times.at(-1) ?? 0) - start.getTime(),
      connections,
      peakHeapBytes,
      tookMs: Date.now() - begun,
    }
  } finally {
    await mailer.close()
    await sink.close()
    await journal.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

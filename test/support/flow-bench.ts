import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openPullRequestWriter } from '../../src/app/load-templates.ts'
import { openArchive, openJournal } from '../../src/app/open-records.ts'
import type { FlowPorts } from '../../src/flow/ports.ts'
import { noLimits } from '../../src/flow/report/send-rate.ts'
import { noUpkeep } from '../../src/flow/tidy-up.ts'
import { createLogger } from '../../src/log/logger.ts'
import type { Mailer, SendResult } from '../../src/mail/mailer.ts'
import { parseMail } from '../../src/mail/parse/parse-mail.ts'
import { tokenReturnPaths } from '../../src/mail/send/return-paths.ts'
import { openTempStore } from './temp-store.ts'

/** A mailer that does what the test says and remembers what it was given. */
export interface ScriptedMailer extends Mailer {
  readonly sent: string[]
  answer: SendResult
  accepted: boolean | null
}

export function scriptedMailer(): ScriptedMailer {
  const mailer: ScriptedMailer = {
    sent: [],
    answer: { outcome: 'accepted', reply: '250 taken' },
    accepted: null,
    async send(mail) {
      mailer.sent.push(mail.messageId)
      return mailer.answer
    },
    wasAccepted: async () => mailer.accepted,
    close: async () => undefined,
  }
  return mailer
}

export interface FlowBench {
  ports: FlowPorts
  readonly mailer: ScriptedMailer
  /** The database of the store. */
  readonly storeFile: string
  /** The time that every use case sees; move it on. */
  now: Date
  close(): Promise<void>
}

/** Real store, archive and journal in a temporary folder, no project, a scripted mailer and a clock that stands. */
export async function openFlowBench(): Promise<FlowBench> {
  const directory = mkdtempSync(path.join(tmpdir(), 'patchferry-flow-'))
  const log = createLogger({ level: 'error', destination: { write: () => true }, secrets: [] })
  const temp = await openTempStore()
  const archive = await openArchive(path.join(directory, 'archive'), log)
  const journal = await openJournal(path.join(directory, 'journal.git'), log)
  const mailer = scriptedMailer()
  const bench: FlowBench = {
    now: new Date('2026-01-01T12:00:00Z'),
    mailer,
    storeFile: temp.file,
    ports: {
      store: temp.store,
      archive,
      journal,
      parse: parseMail,
      mailer,
      reporter: {
        render() {
          throw new TypeError('nothing is reported here')
        },
        renderDigest() {
          throw new TypeError('nothing is reported here')
        },
        renderNotice() {
          throw new TypeError('nothing is reported here')
        },
      },
      pullRequestWriter: openPullRequestWriter(),
      projects: [],
      bot: { name: 'Patchferry', address: 'patchferry@example.org' },
      otherBots: [],
      gitVersion: 'test',
      clock: () => bench.now,
      every: () => () => undefined,
      log,
      quietMs: 0,
      returnPaths: tokenReturnPaths(
        'patchferry+b-{token}@example.org',
        'patchferry@example.org',
        Buffer.from('a key of the tests'),
      ),
      bounces: { limit: 3, withinMs: 30 * 86_400_000, silentForMs: 90 * 86_400_000 },
      sending: {
        retryForMs: 5 * 86_400_000,
        lookForMs: 3_600_000,
        ifUnknown: 'hold',
        limits: noLimits,
      },
      upkeep: noUpkeep,
      sourcesReadUntil: () => bench.now,
    },
    async close() {
      await archive.close()
      await journal.close()
      await temp.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  return bench
}

/** Everything an iterable yields. */
export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const item of items) {
    found.push(item)
  }
  return found
}

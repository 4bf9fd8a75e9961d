// The sending part of the service in a process of its own, with a clock that is many times too fast. It begins when a line
// comes on standard input, and ends when no mail waits for anything but a person.
// Arguments: store, journal, port of the mail server, fingerprint of its certificate, what to do if unknown, when the
// clock was right (ms), how many times too fast it is.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { openJournal } from '../../../src/app/open-records.ts'
import type { FlowPorts } from '../../../src/flow/ports.ts'
import { noLimits } from '../../../src/flow/report/send-rate.ts'
import { maxAttempts, runDueJobs } from '../../../src/flow/run-jobs.ts'
import { createLogger } from '../../../src/log/logger.ts'
import { smtpMailer } from '../../../src/mail/send/smtp/smtp-mailer.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import { sendingPorts } from '../../support/sending-ports.ts'

const [storeFile = '', journalFolder = '', port, fingerprint = '', ifUnknown, epoch, speed] =
  process.argv.slice(2)
process.stdout.write('ready\n')
await once(process.stdin, 'data')

const { signal } = new AbortController()
function clock(): Date {
  return new Date(Number(epoch) + (Date.now() - Number(epoch)) * Number(speed))
}
const log = createLogger({ level: 'error', destination: { write: () => true }, secrets: [] })
const store = await openSqliteStore(storeFile, { looseGapMs: 0 })
const journal = await openJournal(journalFolder, log)
const mailer = smtpMailer({
  host: '127.0.0.1',
  port: Number(port),
  security: 'starttls',
  authorities: null,
  fingerprint,
  login: { user: 'bot', kind: 'password', secret: async () => 'secret' },
  clientName: 'ci.example',
  timeoutMs: 400,
  returnPath: () => 'bot@ci.example',
})
const ports: FlowPorts = {
  ...sendingPorts({ store, journal, mailer, clock, log }),
  sending: {
    retryForMs: 365 * 86_400_000,
    lookForMs: 10 * 60_000,
    ifUnknown: ifUnknown === 'resend' ? 'resend' : 'hold',
    limits: noLimits,
  },
}
await store.sweep(clock(), maxAttempts, true)
while ((await store.read((reader) => reader.nextJobAt())) !== null) {
  await runDueJobs(['send'], 'child', ports, signal, signal)
  await sleep(5)
}
await mailer.close()
await journal.close()
await store.close()
process.exit(0)

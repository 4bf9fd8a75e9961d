import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { connect } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal } from '../../src/app/open-records.ts'
import type { OutboxRecord } from '../../src/core/records.ts'
import { defaultLooseGapMs } from '../../src/core/series/loose-join.ts'
import { createLogger } from '../../src/log/logger.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { sampleOutboxRecord } from '../store/samples.ts'
import { compiledProgram } from '../support/compiled-program.ts'
import {
  connectionStages,
  type Fault,
  type FaultPlan,
  faultsOf,
  mailStages,
  openFaultySmtp,
} from '../support/faulty-smtp.ts'
import { all } from '../support/flow-bench.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { openSink } from '../support/smtp-sink.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const seed = Number(process.env['PATCHFERRY_SEED'] ?? Date.now() % 1_000_000)
/** Each round has every fault of every stage once. */
const rounds = Number(process.env['PATCHFERRY_SMTP_ROUNDS'] ?? 1)
const mailsAtATime = 25
/** The child's clock: a minute of waiting is this much faster over. */
const speed = 3_000
const root = path.resolve(import.meta.dirname, '../..')
const { signal } = new AbortController()

const everyFault = {
  connection: faultsOf(connectionStages),
  mail: faultsOf(mailStages),
} as const

function nameOf({ stage, trouble }: Fault): string {
  return `${stage} ${trouble}`
}

/** Deals every fault `rounds` times, shuffled, with clean dialogues in between. */
function dealer(
  random: () => number,
  onKill: () => void,
): FaultPlan & {
  readonly hits: ReadonlyMap<string, number>
  isOver(): boolean
} {
  const hits = new Map<string, number>()
  const decks = { connection: deck('connection'), mail: deck('mail') }
  function deck(of: 'connection' | 'mail'): Fault[] {
    return Array.from({ length: rounds }, () =>
      everyFault[of]
        .map((fault) => ({ fault, place: random() }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ fault }) => fault),
    ).flat()
  }
  return {
    hits,
    isOver: () => decks.connection.length + decks.mail.length === 0,
    next: (of) => (random() < 0.7 ? (decks[of][0] ?? null) : null),
    hit(fault) {
      const name = nameOf(fault)
      hits.set(name, (hits.get(name) ?? 0) + 1)
      for (const deck of Object.values(decks)) {
        const place = deck.indexOf(fault)
        if (place !== -1) {
          deck.splice(place, 1)
        }
      }
      if (fault.trouble === 'kill') {
        onKill()
      }
    },
  }
}

async function fingerprintOfSamples(): Promise<string> {
  const sink = await openSink({ secure: true })
  const socket = connect({ port: sink.options.port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const found = socket.getPeerX509Certificate()?.fingerprint256 ?? ''
  socket.destroy()
  await sink.close()
  return found.replaceAll(':', '').toLowerCase()
}

interface Scene {
  readonly store: Store
  readonly records: readonly OutboxRecord[]
  readonly accepted: ReadonlyMap<string, readonly Buffer[]>
  /** Outbox key -> events in the journal, in order. */
  readonly events: ReadonlyMap<string, readonly string[]>
  readonly hits: ReadonlyMap<string, number>
  readonly kills: { asked: number; timed: number }
}

async function suffer(ifUnknown: 'hold' | 'resend'): Promise<Scene> {
  const random = seededRandom(seed)
  const kills = { asked: 0, timed: 0 }
  let child: ChildProcess | null = null
  const plan = dealer(random, () => {
    kills.asked += 1
    child?.kill('SIGKILL')
  })
  const server = await openFaultySmtp(plan)
  onTestFinished(() => server.close())
  const folder = temporaryFolder()
  const storeFile = path.join(folder, 'store.sqlite')
  const journalFolder = path.join(folder, 'journal.git')
  const store = await openSqliteStore(storeFile, { looseGapMs: defaultLooseGapMs })
  await store.migrate()
  const log = createLogger({ level: 'error', destination: { write: () => true }, secrets: [] })
  await (await openJournal(journalFolder, log)).close()
  const script = path.join(root, 'test/e2e/children/sending-service.ts')
  const fingerprint = await fingerprintOfSamples()
  const args = [storeFile, journalFolder, server.port, fingerprint, ifUnknown, Date.now(), speed]

  function start(): ChildProcess {
    return spawn(process.execPath, [compiledProgram(script), ...args.map(String)], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], HOME: folder, TZ: 'UTC' },
    })
  }

  /** One life, from its first look at the store to its end. */
  async function live(process: ChildProcess): Promise<number | null> {
    child = process
    const ended = once(process, 'exit')
    process.stdin?.write('go\n')
    const isTimed = random() < 0.15 && !plan.isOver()
    const timer = isTimed
      ? setTimeout(() => {
          kills.timed += process.kill('SIGKILL') ? 1 : 0
        }, random() * 2_000)
      : undefined
    const [code] = (await ended) as [number | null]
    clearTimeout(timer)
    return code
  }

  const keys: string[] = []
  async function addMails(): Promise<void> {
    await store.transaction(async (tx) => {
      for (let n = 0; n < mailsAtATime; n += 1) {
        const createdAt = new Date()
        const record = sampleOutboxRecord(`mail-${keys.length}`, { topic: null, createdAt })
        await tx.addToOutbox(record)
        await tx.enqueue('send', record.key, createdAt)
        keys.push(record.key)
      }
    })
  }
  // The next one is started while this one lives, because starting takes longer than living.
  let spare = start()
  onTestFinished(() => {
    child?.kill('SIGKILL')
    spare.kill('SIGKILL')
  })
  for (let isQuiet = false; !isQuiet; ) {
    const isLast = plan.isOver()
    await addMails()
    for (let code: number | null = null; code !== 0; ) {
      const next = spare
      spare = start()
      code = await live(next)
      if (code !== null && code !== 0) {
        throw new Error(`the child ended with ${code}`)
      }
    }
    isQuiet = isLast
  }
  const journal = await openJournal(journalFolder, log)
  const events = new Map<string, string[]>()
  for (const { key, event } of await all(journal.sent(signal))) {
    events.set(key, [...(events.get(key) ?? []), event])
  }
  await journal.close()
  const records = await store.read((reader) => reader.outbox({ limit: 1_000_000 }))
  onTestFinished(() => store.close())
  expect(records.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
  return { store, records, accepted: server.accepted, events, hits: plan.hits, kills }
}

function count<T>(items: readonly T[], isOne: (item: T) => boolean): number {
  return items.filter(isOne).length
}

function tell(ifUnknown: string, scene: Scene): void {
  const { records, accepted, hits, kills } = scene
  const states = [...new Set(records.map(({ state }) => state))].map(
    (state) => `${count(records, (record) => record.state === state)} ${state}`,
  )
  const doubles = count([...accepted.values()], (copies) => copies.length > 1)
  const lines = [
    `${ifUnknown}, seed ${seed}: ${records.length} mails, ${[...hits.values()].reduce((a, b) => a + b, 0)} faults at ${hits.size} places,`,
    `${kills.asked} kills at a stage and ${kills.timed} at any time;`,
    `${states.join(', ')};`,
    `${doubles} mails accepted more than once`,
  ]
  process.stdout.write(`${lines.join(' ')}\n`)
}

/** What is wrong with what became of a mail; null where nothing is. */
function judge(record: OutboxRecord, scene: Scene): string | null {
  const copies = scene.accepted.get(record.mail.messageId) ?? []
  const events = scene.events.get(record.key) ?? []
  const unknowns = count(events, (event) => event === 'unknown')
  const taken = copies.length
  const isWhole = new Set(copies.map((copy) => copy.toString())).size <= 1
  const isRight = {
    'handed-over': taken >= 1 && taken <= unknowns + 1,
    // Refused for good, perhaps after an earlier try of which nobody could tell.
    failed: taken <= unknowns && events.at(-1) === 'rejected' && /\b554\b/.test(record.note),
    unknown: taken <= unknowns,
    pending: false,
    sending: false,
    seen: false,
    held: false,
    dropped: false,
  }[record.state]
  return isRight && isWhole
    ? null
    : `${record.key} is ${record.state}, taken ${taken} times: ${events.join(' ')}`
}

describe('sending through every fault of a mail server and of the service', () => {
  it.each(['hold', 'resend'] as const)(
    'loses no report and accepts none twice beyond what %s allows',
    async (ifUnknown) => {
      const scene = await suffer(ifUnknown)
      tell(ifUnknown, scene)
      const { records, accepted, hits } = scene
      const copies = [...accepted.values()].map(({ length }) => length)

      expect(
        records.map((record) => judge(record, scene)).filter((wrong) => wrong !== null),
      ).toEqual([])
      const everyName = [...everyFault.connection, ...everyFault.mail].map(nameOf)
      expect([...hits.keys()].toSorted()).toEqual(everyName.toSorted())
      expect(accepted.has('')).toBe(false)
      const isTakenTwice = copies.some((taken) => taken > 1)
      const isLeftUnknown = records.some(({ state }) => state === 'unknown')
      expect({ isTakenTwice, isLeftUnknown }).toEqual(
        ifUnknown === 'hold'
          ? { isTakenTwice: false, isLeftUnknown: true }
          : { isTakenTwice: true, isLeftUnknown: false },
      )
    },
    150_000 * (rounds + 1),
  )
})

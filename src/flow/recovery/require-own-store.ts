import { BotError } from '../../core/bot-error.ts'
import type { Archive } from '../../mail/archive.ts'
import type { Store, StoreReader } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'

type OwnPorts = Pick<FlowPorts, 'store' | 'journal' | 'projects' | 'clock'>
type RecordPorts = Pick<FlowPorts, 'store' | 'archive' | 'journal'>

/** Whether the journal holds what only a store that had taken mail can have led to. */
export async function hasHistory(
  { journal }: Pick<RecordPorts, 'journal'>,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const _entry of journal.sent(signal)) {
    return true
  }
  for await (const { decision } of journal.decisions(signal)) {
    // An import is written down before its first mail is taken.
    if (decision.kind !== 'import') {
      return true
    }
  }
  return false
}

/** For a store that is empty or not there. Throws FLOW_STORE_LOST where archive and journal say that it cannot be. */
export async function requireNoHistory(
  ports: Pick<RecordPorts, 'archive' | 'journal'>,
  signal: AbortSignal,
): Promise<void> {
  if ((await ports.archive.tip()) !== null && (await hasHistory(ports, signal))) {
    throw new BotError(
      'FLOW_STORE_LOST',
      'the store is empty, but archive and journal tell of earlier work',
      { retry: 'after-human' },
    )
  }
}

function recordsLost(message: string): BotError {
  return new BotError('FLOW_RECORDS_LOST', message, { retry: 'after-human' })
}

/** `archive` is null where there is none. Throws FLOW_RECORDS_LOST where the store has mails, and the archive none. */
export async function requireOwnArchive(
  store: Pick<Store, 'read'>,
  archive: Pick<Archive, 'tip'> | null,
): Promise<void> {
  const tip = await store.read((reader) => reader.archiveTip())
  if (tip !== null && ((await archive?.tip()) ?? null) === null) {
    throw recordsLost('the store has mails, and the archive has none: it is gone')
  }
}

/**
 * `journal` is null where there is none. Throws FLOW_RECORDS_LOST where the store knows of mails that left, or of words of people,
 * and the journal of none. Costs little where the last mail that left is among the last that the journal tells of.
 */
export async function requireOwnJournal(
  store: Pick<Store, 'read'>,
  journal: RecordPorts['journal'] | null,
  signal: AbortSignal,
): Promise<void> {
  const [last] = await store.read((reader) =>
    reader.outbox({ states: ['handed-over', 'seen'], limit: 1 }),
  )
  if (last === undefined && !(await store.read(knowsOfWords))) {
    return
  }
  if (journal !== null) {
    if (last !== undefined && (await journal.lastSent(last.key, signal)) !== null) {
      return
    }
    if (await hasHistory({ journal }, signal)) {
      return
    }
  }
  throw recordsLost(
    'the store knows what was sent or decided, and the journal tells of nothing: it is gone',
  )
}

async function knowsOfWords(reader: Pick<StoreReader, 'humanDecisions'>): Promise<boolean> {
  const words = await reader.humanDecisions(
    'approve',
    'withdraw',
    'link',
    'unlink',
    'split',
    'undo',
    'opt-out',
    'release',
    'drop',
    'quarantine-seen',
  )
  return words.length > 0
}

/**
 * Refuses an empty store beside an archive and a journal that are not: working on would take every old mail for new,
 * and report it again; and a store whose archive or journal is gone. Throws FLOW_STORE_LOST, FLOW_RECORDS_LOST.
 */
export async function requireOwnStore(ports: RecordPorts, signal: AbortSignal): Promise<void> {
  const tip = await ports.store.read((reader) => reader.archiveTip())
  if (tip === null) {
    await requireNoHistory(ports, signal)
    return
  }
  await requireOwnArchive(ports.store, ports.archive)
  await requireOwnJournal(ports.store, ports.journal, signal)
}

/** When the mirrors were looked at and this was their state folder; else why it is not, after `lostMark`. */
const lookedName = 'mirrors looked at'
const lostMark = 'lost: '

function stateLost(message: string, details: BotError['details'] = {}): BotError {
  return new BotError('FLOW_STATE_LOST', message, { retry: 'after-human', details })
}

/** Whether the mirrors were asked, or need not be: `requireOwnMirrors` asks them no more. */
export async function isAmongOwnMirrors(reader: Pick<StoreReader, 'cursor'>): Promise<boolean> {
  return (await reader.cursor(lookedName))?.startsWith(lostMark) === false
}

/** For who does not ask the mirrors. Throws FLOW_STATE_LOST where `requireOwnMirrors` did, and nothing was done about it since. */
export async function requireFoundState(reader: Pick<StoreReader, 'cursor'>): Promise<void> {
  const found = await reader.cursor(lookedName)
  if (found?.startsWith(lostMark)) {
    throw stateLost(found.slice(lostMark.length))
  }
}

/** The state folder belongs to its mirrors, whatever these hold: `requireOwnMirrors` asks them no more. */
export async function noteOwnMirrors({
  store,
  clock,
}: Pick<FlowPorts, 'store' | 'clock'>): Promise<void> {
  await store.transaction((tx) => tx.saveCursor(lookedName, clock().toISOString()))
}

/** Whether anything was ever published or reported: no mail leaves, and nothing is pushed, before the journal has a word of it. */
async function hasPublished(
  { journal }: Pick<FlowPorts, 'journal'>,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const { decision } of journal.decisions(signal)) {
    if (decision.kind === 'topic') {
      return true
    }
  }
  for await (const _entry of journal.sent(signal)) {
    return true
  }
  return false
}

/**
 * Refuses a state folder that published nothing where a mirror has series of ours: it is another folder, or a new one in place of one
 * that was lost, and would report again whatever the sources hold still. A new installation asks its mirrors once. Throws
 * FLOW_STATE_LOST, GIT_REMOTE_*.
 */
export async function requireOwnMirrors(ports: OwnPorts, signal: AbortSignal): Promise<void> {
  if (await ports.store.read(isAmongOwnMirrors)) {
    return
  }
  if (!(await hasPublished(ports, signal))) {
    for (const { project, git, heads } of ports.projects) {
      const { size } = await git.remoteRefs(heads, ['refs/series/'], signal)
      if (size > 0) {
        const message = `${heads.url} has ${size} published series of project ${project.name}, and this state folder knows of none`
        await ports.store.transaction((tx) => tx.saveCursor(lookedName, `${lostMark}${message}`))
        throw stateLost(message, { project: project.name, series: size })
      }
    }
  }
  await noteOwnMirrors(ports)
}

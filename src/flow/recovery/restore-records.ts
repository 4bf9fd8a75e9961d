import type { DecisionEntry, SentEntry } from '../../core/journal-entry.ts'
import type { OutboxRecord, OutboxState } from '../../core/records.ts'
import type { StoreTransaction } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import { toldDecision } from '../report/digest-item.ts'
import { stateOfEvent } from '../report/sent-record.ts'

/** The store learns what people decided. `onNew` is told of what it did not know, in the same transaction. Gives how many that were. */
export async function restoreDecisions(
  ports: FlowPorts,
  signal: AbortSignal,
  onNew: (entry: DecisionEntry, tx: StoreTransaction) => Promise<void> = async () => undefined,
): Promise<number> {
  let count = 0
  for await (const entry of ports.journal.decisions(signal)) {
    await ports.store.transaction(async (tx) => {
      const isNew = await tx.addHumanDecision(entry)
      count += isNew ? 1 : 0
      await restoreTopic(entry, tx)
      if (isNew) {
        await onNew(entry, tx)
      }
    })
  }
  return count
}

/** What the journal says of a topic's id and slug; anything else is passed over. */
export async function restoreTopic(
  { at, decision }: DecisionEntry,
  tx: StoreTransaction,
): Promise<void> {
  if (decision.kind !== 'topic') {
    return
  }
  await tx.fixTopic(decision.topic, decision.mails)
  if ((await tx.topic(decision.topic)) === null) {
    await tx.saveTopic({
      topic: decision.topic,
      project: decision.project,
      slug: decision.slug,
      isFixed: true,
      name: decision.slug,
      submitter: { name: '', address: '' },
      version: '1',
      // Until its series are assembled; of a topic whose versions people moved away none ever is.
      state: 'moved',
      verdict: null,
      branch: null,
      head: null,
      pullRequest: null,
      createdAt: at,
      updatedAt: at,
    })
  }
}

const toBeSent: ReadonlySet<OutboxState> = new Set(['pending', 'sending', 'unknown'])

/** What was dropped stays so unless it was on its way; what was released was tried since, or is due. */
function stateAfter({ at, decision }: DecisionEntry, record: OutboxRecord): OutboxState {
  const { state, updatedAt } = record
  if (state === 'handed-over' || state === 'seen') {
    return state
  }
  if (decision.kind === 'drop') {
    return 'dropped'
  }
  return at >= updatedAt ? 'pending' : state
}

/** What a digest told, also where the store has it waiting still: it is not told again, and `explain` says where it was. */
async function restoreDigestItems(
  { at, key, mail, items = [] }: SentEntry,
  ports: FlowPorts,
): Promise<void> {
  for (const item of items) {
    await ports.store.transaction(async (tx) => {
      const isNews =
        (await tx.addDigestItem(item, 'told', key)) ||
        (await tx.settleDigestItem(item.key, 'told', key))
      if (isNews && mail !== null) {
        await tx.addDecision(toldDecision(item, { key, mail }, at))
      }
    })
  }
}

/** A mail that the store knows is moved on where the journal has a later word. */
async function putInOutbox(
  record: OutboxRecord,
  tx: StoreTransaction,
): Promise<'unchanged' | 'changed'> {
  if (await tx.addToOutbox(record)) {
    return 'changed'
  }
  const known = await tx.outboxEntry(record.key)
  const isLater = known !== null && record.updatedAt > known.updatedAt
  if (!isLater || record.state === known.state) {
    return 'unchanged'
  }
  await tx.moveOutbox(record.key, [known.state], record.state, record.note, record.updatedAt)
  return 'changed'
}

/** The outbox as the journal tells it. Gives how many mails it tells of. */
export async function restoreOutbox(ports: FlowPorts, signal: AbortSignal): Promise<number> {
  const records = new Map<string, OutboxRecord>()
  for await (const entry of ports.journal.sent(signal)) {
    const known = records.get(entry.key)
    if (known === undefined) {
      await restoreDigestItems(entry, ports)
    }
    if (entry.mail !== null && known === undefined) {
      records.set(entry.key, {
        key: entry.key,
        kind: entry.kind,
        project: entry.project,
        list: entry.mail.headers['X-Patchferry-List'] ?? null,
        topic: entry.topic,
        version: entry.version,
        head: entry.head,
        mail: entry.mail,
        state: stateOfEvent[entry.event],
        note: entry.note,
        offeredAt: entry.at,
        createdAt: entry.at,
        updatedAt: entry.at,
      })
    } else if (known !== undefined && known.state !== 'seen') {
      records.set(entry.key, {
        ...known,
        mail: entry.mail ?? known.mail,
        state: stateOfEvent[entry.event],
        note: entry.note,
        offeredAt: entry.event === 'intended' ? entry.at : known.offeredAt,
        updatedAt: entry.at,
      })
    }
  }
  const people = await ports.store.read(async (reader) => [
    ...(await reader.humanDecisions('drop')),
    ...(await reader.humanDecisions('release')),
  ])
  for (const record of records.values()) {
    const word = people
      .filter(({ decision }) => decision.key === record.key)
      .toSorted((a, b) => a.at.getTime() - b.at.getTime())
      .at(-1)
    const state = word === undefined ? record.state : stateAfter(word, record)
    await ports.store.transaction(async (tx) => {
      const change = await putInOutbox({ ...record, state }, tx)
      if (change === 'changed' && toBeSent.has(state)) {
        await tx.enqueue('send', record.key, ports.clock())
      }
    })
  }
  return records.size
}

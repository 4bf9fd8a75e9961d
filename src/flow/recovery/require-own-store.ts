import { BotError } from '../../core/bot-error.ts'
import type { FlowPorts } from '../ports.ts'

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

/**
 * Refuses an empty store beside an archive and a journal that are not: working on would take every old mail for new,
 * and report it again. Throws FLOW_STORE_LOST.
 */
export async function requireOwnStore(ports: RecordPorts, signal: AbortSignal): Promise<void> {
  const tip = await ports.store.read((reader) => reader.archiveTip())
  if (tip === null) {
    await requireNoHistory(ports, signal)
  }
}

import type { TopicId } from '../../core/ids.ts'
import type { DecisionEntry, JournalDecision } from '../../core/journal-entry.ts'
import type { SeriesRecord } from '../../core/records.ts'
import { versionText } from '../../core/series/series.ts'
import type { StoreTransaction } from '../../store/store.ts'
import { flowErrors } from '../flow-error.ts'
import type { FlowPorts } from '../ports.ts'

/** `message` is for the person who asked. */
export type ActResult =
  | { readonly outcome: 'done'; readonly message: string }
  | { readonly outcome: 'refused'; readonly message: string }

/** What an act needs. */
export type ActPorts = Pick<FlowPorts, 'store' | 'journal' | 'clock'>

export function refused(message: string): ActResult {
  return { outcome: 'refused', message }
}

/** A refusal that `docs/errors.md` tells more of: what is wrong, the code, and what to do. */
export function refusedAs(code: string, message: string): ActResult {
  const remedy = flowErrors[code]?.remedy ?? ''
  return refused(`${message} (${code}). ${remedy}`.trim())
}

/** What the trail says of an act. */
export interface ActStep {
  readonly record: SeriesRecord | null
  /** Where it is told besides: a topic that gains what another loses. */
  readonly alsoIn?: readonly TopicId[]
  readonly rule: string
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly result: string
}

/** A person's word is in the journal before anything follows from it. */
export async function decide(
  decision: JournalDecision,
  by: string,
  step: ActStep,
  effects: (tx: StoreTransaction) => Promise<void>,
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const { record, alsoIn = [] } = step
  const entry: DecisionEntry = { at: ports.clock(), by, decision }
  await ports.journal.recordDecision(entry, signal)
  await ports.store.transaction(async (tx) => {
    await tx.addHumanDecision(entry)
    for (const topic of new Set([record?.topic ?? null, ...alsoIn])) {
      await tx.addDecision({
        at: entry.at,
        messageId: record?.series.anchor ?? null,
        topic,
        version: record === null ? null : versionText(record.series),
        step: 'person',
        rule: step.rule,
        inputs: { ...step.inputs, by },
        result: step.result,
      })
    }
    await effects(tx)
  })
  return { outcome: 'done', message: step.result }
}

import type { Decision } from '../../core/decision.ts'
import type { MessageId, TopicId } from '../../core/ids.ts'
import type { DecisionEntry, JournalDecision } from '../../core/journal-entry.ts'
import { decisionFromJson, storedDecision } from '../facts.ts'
import { type Db, toDate } from '../tables.ts'
import { canonicalJson, sha256, toJson } from '../text.ts'
import { findId, type InternIds } from './message-ids.ts'

/** Those recorded with exactly this topic, or with exactly this mail. */
export async function decisions(
  db: Db,
  of: { readonly topic: TopicId } | { readonly messageId: MessageId },
): Promise<readonly Decision[]> {
  const all = db
    .selectFrom('decision')
    .leftJoin('message_id', 'message_id.id', 'decision.message')
    .select([
      'decision.at',
      'decision.topic',
      'decision.version',
      'decision.step',
      'decision.rule',
      'decision.inputs',
      'decision.result',
      'message_id.name',
      'message_id.full_text',
    ])
    .orderBy('decision.at')
    .orderBy('decision.id')
  const chosen =
    'topic' in of
      ? all.where('decision.topic', '=', of.topic)
      : all.where('decision.message', '=', await findId(db, of.messageId))
  return (await chosen.execute()).map((row) => ({
    at: toDate(row.at),
    messageId: row.full_text ?? (row.name as MessageId | null),
    topic: row.topic,
    version: row.version,
    step: row.step,
    rule: row.rule,
    inputs: JSON.parse(row.inputs) as Decision['inputs'],
    result: row.result,
  }))
}

export async function addDecision(db: Db, internIds: InternIds, decision: Decision): Promise<void> {
  const { messageId } = decision
  await db
    .insertInto('decision')
    .values({
      at: decision.at.getTime(),
      message: messageId === null ? null : (await internIds([messageId]))(messageId),
      topic: decision.topic,
      version: decision.version,
      step: decision.step,
      rule: decision.rule,
      inputs: toJson(decision.inputs),
      result: decision.result,
    })
    .execute()
}

export async function humanDecisions<K extends JournalDecision['kind']>(
  db: Db,
  kinds: readonly K[],
): Promise<
  readonly (DecisionEntry & { readonly decision: Extract<JournalDecision, { kind: K }> })[]
> {
  const rows = await db
    .selectFrom('human_decision')
    .select(['at', 'by', 'decision'])
    .where('kind', 'in', kinds)
    .orderBy('at')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    at: toDate(row.at),
    by: row.by,
    decision: decisionFromJson(row.decision) as Extract<JournalDecision, { kind: K }>,
  }))
}

export async function addHumanDecision(db: Db, entry: DecisionEntry): Promise<boolean> {
  const at = entry.at.getTime()
  const decision = storedDecision(entry.decision)
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('human_decision')
    .values({
      at,
      by: entry.by,
      kind: entry.decision.kind,
      decision: toJson(decision),
      digest: sha256(canonicalJson([at, entry.by, decision])),
    })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

import { toJson } from '../../core/clean-json.ts'
import type { Decision } from '../../core/decision.ts'
import type { MessageId, TopicId } from '../../core/ids.ts'
import type { DecisionEntry, JournalDecision } from '../../core/journal-entry.ts'
import { decisionFromJson, storedDecision } from '../facts.ts'
import { preparedEach } from '../prepared.ts'
import { type Db, type Row, toDate } from '../tables.ts'
import { canonicalJson, sha256 } from '../text.ts'
import type { MessageIds } from './message-ids.ts'

/** Those recorded with exactly this topic, or with exactly this mail. */
export async function decisions(
  db: Db,
  ids: MessageIds,
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
      : all.where('decision.message', '=', await ids.findOne(of.messageId))
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

const insertDecisions = preparedEach((db, row: Omit<Row<'decision'>, 'id'>) =>
  db.insertInto('decision').values(row).compile(),
)

export async function addDecisions(
  db: Db,
  ids: MessageIds,
  decisions: readonly Decision[],
): Promise<void> {
  const idOf = await ids.intern(decisions.flatMap(({ messageId }) => messageId ?? []))
  const rows = decisions.map((decision) => ({
    at: decision.at.getTime(),
    message: decision.messageId === null ? null : idOf(decision.messageId),
    topic: decision.topic,
    version: decision.version,
    step: decision.step,
    rule: decision.rule,
    inputs: toJson(decision.inputs),
    result: decision.result,
  }))
  await insertDecisions(db, rows)
}

type HumanDecisions<K extends JournalDecision['kind']> = readonly (DecisionEntry & {
  readonly decision: Extract<JournalDecision, { kind: K }>
})[]

/** What people decided, as one transaction sees it. */
export interface HumanDecisionsRead {
  ofKinds<K extends JournalDecision['kind']>(kinds: readonly K[]): Promise<HumanDecisions<K>>
  /** False when an equal entry is stored already. */
  add(entry: DecisionEntry): Promise<boolean>
}

/**
 * What was read of them, by the newest that there was then and the kinds: over the years there are thousands, which every series asks
 * for several times, and seldom one more.
 */
export type KnownDecisions = Map<string, readonly DecisionEntry[]>

/** Of so many questions the answers are kept: few kinds are asked for, but old ones stay while others come. */
const mostAnswers = 50

export function humanDecisionsIn(db: Db, shared: KnownDecisions): HumanDecisionsRead {
  let newest: number | null = null
  // What this transaction added may be undone, and concerns nobody else.
  let known = shared
  return {
    async ofKinds<K extends JournalDecision['kind']>(kinds: readonly K[]) {
      newest ??= await newestDecision(db)
      const question = `${newest} ${kinds.join()}`
      const answers = known
      const found = answers.get(question) ?? (await humanDecisions(db, kinds))
      if (answers.size >= mostAnswers) {
        answers.clear()
      }
      answers.set(question, found)
      return found as HumanDecisions<K>
    },
    async add(entry) {
      known = new Map()
      return await addHumanDecision(db, entry)
    },
  }
}

async function newestDecision(db: Db): Promise<number> {
  const row = await db
    .selectFrom('human_decision')
    .select((e) => e.fn.max('id').as('newest'))
    .executeTakeFirst()
  return row?.newest ?? 0
}

async function humanDecisions(
  db: Db,
  kinds: readonly JournalDecision['kind'][],
): Promise<readonly DecisionEntry[]> {
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
    decision: decisionFromJson(row.decision),
  }))
}

async function addHumanDecision(db: Db, entry: DecisionEntry): Promise<boolean> {
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

import { cleanText, toJson } from '../../core/clean-json.ts'
import type { Decision, DecisionStep } from '../../core/decision.ts'
import type { MessageId, TopicId } from '../../core/ids.ts'
import type { DecisionEntry, JournalDecision } from '../../core/journal-entry.ts'
import { decisionFromJson, storedDecision } from '../facts.ts'
import { prepared, preparedFor } from '../prepared.ts'
import { type Db, type Row, toDate } from '../tables.ts'
import { canonicalJson, sha256 } from '../text.ts'
import type { MessageIds } from './message-ids.ts'

/** Those recorded with exactly this topic, or with exactly this mail. */
export async function decisions(
  db: Db,
  ids: MessageIds,
  of: { readonly topic: TopicId } | { readonly messageId: MessageId },
): Promise<readonly Decision[]> {
  const groups = db
    .selectFrom('decision_group')
    .select(['at', 'decisions'])
    .orderBy('at')
    .orderBy('id')
  if ('topic' in of) {
    const { topic } = of
    const about = db.selectFrom('decided_topic').select('decision_group').where('topic', '=', topic)
    const found = await groups.where('id', 'in', about).execute()
    return found.flatMap(decisionsOf).filter((decision) => decision.topic === topic)
  }
  const message = await ids.findOne(of.messageId)
  if (message === null) {
    return []
  }
  const messageId = cleanText(of.messageId)
  const about = db
    .selectFrom('decided_mail')
    .select('decision_group')
    .where('message', '=', message)
  const found = await groups.where('id', 'in', about).execute()
  return found.flatMap(decisionsOf).filter((decision) => decision.messageId === messageId)
}

/** Without names, which would be a quarter of the text. */
type GroupedDecision = readonly [
  messageId: MessageId | null,
  topic: TopicId | null,
  version: string | null,
  step: DecisionStep,
  rule: string,
  inputs: Decision['inputs'],
  result: string,
]

function decisionsOf(group: Omit<Row<'decision_group'>, 'id'>): readonly Decision[] {
  const grouped = JSON.parse(group.decisions) as readonly GroupedDecision[]
  return grouped.map(([messageId, topic, version, step, rule, inputs, result]) => {
    return { at: toDate(group.at), messageId, topic, version, step, rule, inputs, result }
  })
}

function groupToJson(group: readonly Decision[]): string {
  return toJson(
    group.map(({ messageId, topic, version, step, rule, inputs, result }): GroupedDecision => {
      return [messageId, topic, version, step, rule, inputs, result]
    }),
  )
}

/** A thread of thousands of mails is not read whole for what was decided about one of them. */
const largestGroup = 50

interface Group {
  readonly at: number
  readonly decisions: Decision[]
}

/** In order; a group is of one time. */
function groupsOf(decisions: readonly Decision[]): readonly Group[] {
  const groups: Group[] = []
  for (const decision of decisions) {
    const at = decision.at.getTime()
    const last = groups.at(-1)
    if (last?.at === at && last.decisions.length < largestGroup) {
      last.decisions.push(decision)
    } else {
      groups.push({ at, decisions: [decision] })
    }
  }
  return groups
}

const insertGroup = prepared((db, row: Omit<Row<'decision_group'>, 'id'>) =>
  db.insertInto('decision_group').values(row).returning('id').compile(),
)

const insertMails = preparedFor(
  (db, mails: readonly number[], group: Pick<Row<'decided_mail'>, 'decision_group'>) =>
    db
      .insertInto('decided_mail')
      .values(mails.map((message) => ({ message, ...group })))
      .onConflict((conflict) => conflict.doNothing())
      .compile(),
)

const insertTopics = preparedFor(
  (db, topics: readonly TopicId[], group: Pick<Row<'decided_topic'>, 'decision_group'>) =>
    db
      .insertInto('decided_topic')
      .values(topics.map((topic) => ({ topic, ...group })))
      .onConflict((conflict) => conflict.doNothing())
      .compile(),
)

export async function addDecisions(
  db: Db,
  ids: MessageIds,
  decisions: readonly Decision[],
): Promise<void> {
  const idOf = await ids.intern(decisions.flatMap(({ messageId }) => messageId ?? []))
  for (const { at, decisions: together } of groupsOf(decisions)) {
    const { rows } = await insertGroup(db, { at, decisions: groupToJson(together) })
    const mails = new Set<number>()
    const topics = new Set<TopicId>()
    for (const { messageId, topic } of together) {
      if (messageId !== null) {
        mails.add(idOf(messageId))
      }
      if (topic !== null) {
        topics.add(topic)
      }
    }
    for (const { id: decision_group } of rows) {
      await insertMails(db, mails, { decision_group })
      await insertTopics(db, topics, { decision_group })
    }
  }
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

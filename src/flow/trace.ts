import type { Decision } from '../core/decision.ts'
import { type MessageId, type Sha, type TopicId, toTopicId } from '../core/ids.ts'
import type { LogFields, Logger } from '../log/logger.ts'
import type { Job, Store, StoreReader } from '../store/store.ts'
import type { TakenMail } from './intake/store-mails.ts'

/*
 * `trace` is the one id in the log lines of a mail: the id of its topic. Before its thread is assembled it is the id
 * that the topic would have if the thread of the mail began it, which is the same but for versions that are linked to
 * an older thread; a line of a decision about those has both, the other one as `began`.
 */

/** One line for each mail that is now kept; of one that cannot be read it says why, and where its bytes are. */
export function logTaken(
  taken: readonly TakenMail[],
  source: string,
  log: Pick<Logger, 'info' | 'warn'>,
): void {
  for (const { outcome, messageId, thread, unreadable } of taken) {
    if (outcome !== 'known') {
      const trace = thread === null ? null : toTopicId(thread)
      const fields = { trace, messageId, thread, source, outcome }
      if (unreadable === undefined) {
        log.info(fields, 'mail kept')
      } else {
        const { code, message: reason, location, position: archived } = unreadable
        log.warn({ ...fields, code, reason, location, archived }, 'mail kept')
      }
    }
  }
}

/** The topic of a decision; of one about a mail alone that of the series which has the mail. */
async function traceOf(
  { topic, messageId }: Decision,
  reader: Pick<StoreReader, 'seriesOf'>,
): Promise<TopicId | null> {
  return topic === null && messageId !== null
    ? ((await reader.seriesOf(messageId))?.topic ?? toTopicId(messageId))
    : topic
}

function fieldsOf(
  { messageId, version, step, rule, result }: Decision,
  trace: TopicId | null,
): LogFields {
  const own = messageId === null ? null : toTopicId(messageId)
  return {
    trace,
    ...(own === null || own === trace ? {} : { began: own }),
    messageId,
    version,
    step,
    rule,
    result,
  }
}

/** The same store; each decision is a line of the log too, once it is stored. */
export function withDecisionLog(store: Store, log: Pick<Logger, 'info'>): Store {
  return {
    ...store,
    async transaction(work) {
      const { result, lines } = await store.transaction(async (tx) => {
        const made: Decision[] = []
        const done = await work({
          ...tx,
          async addDecision(decision) {
            await tx.addDecision(decision)
            made.push(decision)
          },
          async addDecisions(decisions) {
            await tx.addDecisions(decisions)
            made.push(...decisions)
          },
        })
        const fields: LogFields[] = []
        for (const decision of made) {
          fields.push(fieldsOf(decision, await traceOf(decision, tx)))
        }
        return { result: done, lines: fields }
      })
      for (const fields of lines) {
        log.info(fields, 'decided')
      }
      return result
    },
  }
}

async function ofCommit(sha: string, reader: StoreReader): Promise<TopicId | null> {
  const found = await reader.applicationsTouching(sha as Sha)
  return found.at(-1)?.topic ?? null
}

/** The topic that a job works for; null for one that works for none, or for one that is not known yet. */
async function topicOf({ kind, key }: Job, reader: StoreReader): Promise<TopicId | null> {
  const [first = '', second = '', third] = key.split(' ')
  switch (kind) {
    case 'assemble':
    case 'bounce':
    case 'release':
      return toTopicId(key as MessageId)
    case 'publish':
      return (await reader.seriesByAnchor(key as MessageId))?.topic ?? toTopicId(key as MessageId)
    case 'collect':
    case 'realign':
    case 'pull':
      return first as TopicId
    case 'test':
      return third === undefined ? ofCommit(second, reader) : (third as TopicId)
    case 'status':
    case 'rerun':
      return ofCommit(second, reader)
    case 'send':
      return (await reader.outboxEntry(key))?.topic ?? null
    case 'hear':
      return (
        (await reader.pullRequests({ project: first, number: Number(second) })).at(0)?.topic ?? null
      )
    case 'digest':
    case 'reconcile':
    case 'refresh':
    case 'tidy':
      return null
  }
}

/** A log whose lines name what a job works for. */
export async function tracedLog(
  job: Job,
  { store, log }: { readonly store: Pick<Store, 'read'>; readonly log: Logger },
): Promise<Logger> {
  try {
    const trace = await store.read((reader) => topicOf(job, reader))
    return trace === null ? log : log.child({ trace })
  } catch {
    // A store that fails is said by what the job does with it.
    return log
  }
}

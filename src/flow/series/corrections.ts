import type { MessageId, TopicId } from '../../core/ids.ts'
import type { DecisionEntry } from '../../core/journal-entry.ts'
import type { StoredMessage } from '../../core/records.ts'
import {
  correctionKinds,
  linkReader,
  placesOf,
  toCorrections,
  topicsSaid,
} from '../../core/series/corrections.ts'
import { type Corrections, ownMails, type Series } from '../../core/series/series.ts'
import type { StoreReader } from '../../store/store.ts'

/** What people said about links and membership, and what follows from it. */
export interface PeoplesWords {
  readonly corrections: Corrections
  /** Where people placed mails: see `placesOf`. */
  readonly places: ReadonlyMap<MessageId, MessageId>
  /** Every topic that anybody linked something to. */
  readonly topics: ReadonlySet<TopicId>
  /** The mails that link their series to this topic. */
  readonly linkedTo: (topic: TopicId) => readonly MessageId[]
  /** The topic a person gave this series, and the word that did; null where the rules decide. */
  readonly linkOf: (
    series: Series,
  ) => { readonly topic: TopicId; readonly said: DecisionEntry } | null
  /** Topics that a series was a version of by a person's word, then or now. */
  readonly topicsOf: (series: Series) => readonly TopicId[]
}

/** Reads what people said, once for all that is derived from it. */
export async function readCorrections(
  reader: Pick<StoreReader, 'humanDecisions'>,
): Promise<PeoplesWords> {
  const entries = await reader.humanDecisions(...correctionKinds)
  const corrections = toCorrections(entries.map(({ decision }) => decision))
  const saidOf = linkReader(corrections)
  return {
    corrections,
    places: placesOf(corrections),
    topics: new Set(corrections.links.flatMap(({ topic }) => topic ?? [])),
    linkedTo: (wanted) =>
      corrections.links.flatMap(({ mail, topic }) => (topic === wanted ? [mail] : [])),
    linkOf: (series) => {
      const word = saidOf(series)
      const mail = word?.mails.at(-1)
      const said = entries.findLast(
        ({ decision }) =>
          decision.kind !== 'undo' && decision.mail === mail && decision.topic === word?.topic,
      )
      return word === null || said === undefined ? null : { topic: word.topic, said }
    },
    topicsOf: (series) => topicsSaid(series, corrections),
  }
}

/** The mails that say of which topic this series is: those that an undo takes back. */
export function linkingMails(series: Series, { corrections }: PeoplesWords): readonly MessageId[] {
  return linkReader(corrections)(series)?.mails ?? []
}

/** Topics that a series was published under or linked to, and is in no more. */
export async function formerTopics(
  series: Series,
  topic: TopicId,
  words: PeoplesWords,
  reader: Pick<StoreReader, 'fixedTopicOf'>,
): Promise<readonly TopicId[]> {
  if (words.topics.size === 0) {
    return []
  }
  const fixed = await reader.fixedTopicOf(ownMails(series))
  const all = new Set([...(fixed === null ? [] : [fixed]), ...words.topicsOf(series)])
  all.delete(topic)
  return [...all]
}

/** The thread of a mail, together with the threads whose mails people placed in its series or the reverse. */
export async function unitedThread(
  key: MessageId,
  places: ReadonlyMap<MessageId, MessageId>,
  reader: Pick<StoreReader, 'thread'>,
): Promise<readonly StoredMessage[]> {
  const found = new Map<MessageId, StoredMessage>()
  const asked = new Set<MessageId>([key])
  for (const next of asked) {
    if (!found.has(next)) {
      for (const stored of await reader.thread(next)) {
        found.set(stored.message.messageId, stored)
      }
    }
    for (const [mail, to] of places) {
      if (found.has(mail) !== found.has(to)) {
        asked.add(found.has(mail) ? to : mail)
      }
    }
  }
  return [...found.values()]
}

import { type MessageId, type TopicId, toTopicId } from '../../core/ids.ts'
import type { SeriesRecord } from '../../core/records.ts'
import { ownMails, type Series } from '../../core/series/series.ts'
import { titleStem } from '../../core/series/title-stem.ts'
import { preparedEach, preparedFor } from '../prepared.ts'
import type { Db, Row } from '../tables.ts'
import { indexKey } from '../text.ts'
import type { MessageIds } from './message-ids.ts'
import { addressKey, stemKeys, titleKey } from './series-keys.ts'

/** Keys of which one transaction knows whether any row has them. */
interface KnownKeys<Key> {
  /** Those that a row may have. */
  worthAsking(keys: readonly Key[]): readonly Key[]
  /** Of these `found` are in the database, and no other. */
  learn(keys: Iterable<Key>, found: Iterable<Key>): void
  /** A row with this key was added. */
  note(key: Key): void
}

function knownKeys<Key>(): KnownKeys<Key> {
  const absent = new Set<Key>()
  return {
    worthAsking: (keys) => keys.filter((key) => !absent.has(key)),
    learn(keys, found) {
      for (const key of keys) {
        absent.add(key)
      }
      for (const key of found) {
        absent.delete(key)
      }
    },
    note: (key) => absent.delete(key),
  }
}

/** By what a series is found. */
export interface SeriesKeys {
  readonly submitter: string
  readonly stems: readonly string[]
  readonly patchIds: ReadonlySet<string>
  /** Numbers of own mails and of those it answers. */
  readonly mails: readonly number[]
}

/**
 * What one transaction knows of series without asking again. Most that are assembled are new, and hardly anything is
 * found by their keys; many keys are asked for at once (`expect`), and what is added meanwhile is kept in mind.
 */
export interface KnownSeries {
  /** As `titleStem`, which each title of a series is put through more than once. */
  stemOf(title: string): string
  readonly titles: KnownKeys<string>
  readonly patchIds: KnownKeys<string>
  readonly mails: KnownKeys<number>
  readonly topics: KnownKeys<TopicId>
  /** `mails` are those of their threads. */
  expect(series: readonly Series[], mails: readonly MessageId[]): Promise<void>
  add(id: number, record: SeriesRecord, keys: SeriesKeys): void
  /** A series was changed, or taken away: topics that it is or was in have to be read again. */
  forget(id: number, topic: TopicId | null): void
  /** Nobody knows which series was taken away. */
  forgetAll(): void
  /** All series of a topic, in order of version, where this transaction made them all; else null. */
  ofTopic(topic: TopicId): readonly SeriesRecord[] | null
}

export function knownSeriesIn(db: Db, ids: MessageIds): KnownSeries {
  const titles = knownKeys<string>()
  const patchIds = knownKeys<string>()
  const mails = knownKeys<number>()
  const topics = knownKeys<TopicId>()
  const stemsKnown = new Map<string, string>()
  const madeHere = new Map<TopicId, SeriesRecord[]>()
  const topicOf = new Map<number, TopicId>()

  function stemOf(title: string): string {
    const stem = stemsKnown.get(title) ?? titleStem(title)
    stemsKnown.set(title, stem)
    return stem
  }

  async function expectTitles(series: readonly Series[]): Promise<void> {
    const wanted = new Map(
      series.flatMap(({ name, patches, submitter: { address } }) => {
        const submitter = addressKey(address)
        const stems = stemKeys([name, ...patches.map(({ subject }) => subject)], stemOf)
        return stems.map((stem) => [titleKey(submitter, stem), { submitter, stem }] as const)
      }),
    )
    const rows = await anyTitled(db, [...wanted.values()])
    titles.learn(
      wanted.keys(),
      rows.map(({ submitter, stem }) => titleKey(submitter, stem)),
    )
  }

  async function expectTopics(series: readonly Series[]): Promise<void> {
    const named = new Set(series.map(({ anchor }) => toTopicId(anchor)))
    const rows = await topicsNamed(db, named, {})
    topics.learn(
      named,
      rows.map(({ topic }) => topic),
    )
    const used = new Set((await topicsUsed(db, named, {})).map(({ topic }) => topic))
    for (const topic of named) {
      if (!used.has(topic)) {
        madeHere.set(topic, [])
      }
    }
  }

  return {
    stemOf,
    titles,
    patchIds,
    mails,
    topics,
    async expect(series, threadMails) {
      await expectTitles(series)
      const ofPatches = new Set(
        series.flatMap(({ patches }) => patches.flatMap(({ patchId }) => patchId ?? [])),
      )
      const keys = [...ofPatches].map(indexKey)
      const held = await patchIdsHeld(db, keys, {})
      patchIds.learn(
        keys,
        held.map(({ patch_id }) => patch_id),
      )
      const numbers = await ids.find([
        ...series.flatMap((one) => [...ownMails(one), ...one.answers]),
        ...threadMails,
      ])
      const touched = await mailsTouched(db, numbers, {})
      mails.learn(
        numbers,
        touched.map(({ message }) => message),
      )
      await expectTopics(series)
    },
    add(id, record, keys) {
      for (const stem of keys.stems) {
        titles.note(titleKey(keys.submitter, stem))
      }
      for (const patchId of keys.patchIds) {
        patchIds.note(patchId)
      }
      for (const mail of keys.mails) {
        mails.note(mail)
      }
      topicOf.set(id, record.topic)
      madeHere.get(record.topic)?.push(record)
    },
    forget(id, topic) {
      for (const one of [topic, topicOf.get(id)]) {
        if (one !== undefined && one !== null) {
          madeHere.delete(one)
        }
      }
    },
    forgetAll: () => madeHere.clear(),
    ofTopic: (topic) => madeHere.get(topic)?.toSorted(byVersion) ?? null,
  }
}

/** Of equal ones the first that was made comes first. */
function byVersion({ series: a }: SeriesRecord, { series: b }: SeriesRecord): number {
  return a.version - b.version || a.minor - b.minor || a.startedAt.getTime() - b.startedAt.getTime()
}

const anyTitled = preparedEach(
  (db, { submitter, stem }: Pick<Row<'series_title'>, 'submitter' | 'stem'>) =>
    db
      .selectFrom('series_title')
      .select(['submitter', 'stem'])
      .where('submitter', '=', submitter)
      .where('stem', '=', stem)
      .limit(1)
      .compile(),
)

const patchIdsHeld = preparedFor((db, patchIds: readonly string[]) =>
  db.selectFrom('series_patch').select('patch_id').where('patch_id', 'in', patchIds).compile(),
)

const mailsTouched = preparedFor((db, mails: readonly number[]) =>
  db.selectFrom('series_mail').select('message').where('message', 'in', mails).compile(),
)

const topicsNamed = preparedFor((db, topics: readonly TopicId[]) =>
  db.selectFrom('topic').select('topic').where('topic', 'in', topics).compile(),
)

const topicsUsed = preparedFor((db, topics: readonly TopicId[]) =>
  db.selectFrom('series').select('topic').where('topic', 'in', topics).compile(),
)

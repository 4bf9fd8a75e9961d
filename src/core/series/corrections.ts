import type { MessageId, TopicId } from '../ids.ts'
import type { JournalDecision } from '../journal-entry.ts'
import { type Corrections, ownMails, type Series } from './series.ts'

/** What a person says about links and membership. */
export type Correction = Extract<JournalDecision, { kind: (typeof correctionKinds)[number] }>

/** All kinds of journal entries that correct. */
export const correctionKinds = ['link', 'unlink', 'split', 'undo'] as const

/**
 * The corrections that these entries, oldest first, come to. Whoever moves a mail to another series, or back, also ends
 * what was said of its topic: the series it named is another one now.
 */
export function toCorrections(said: readonly Correction[]): Corrections {
  return {
    links: said.flatMap((one): Corrections['links'] => {
      switch (one.kind) {
        case 'link':
        case 'unlink':
        case 'split':
          return [{ mail: one.mail, topic: one.topic }]
        case 'undo':
          return one.mails.map((mail) => ({ mail, topic: null }))
      }
    }),
    places: said.flatMap((one): Corrections['places'] => {
      switch (one.kind) {
        case 'link':
        case 'unlink':
          return []
        case 'split':
          return [{ mail: one.mail, to: one.to }]
        case 'undo':
          return one.of === 'split' ? one.mails.map((mail) => ({ mail, to: null })) : []
      }
    }),
  }
}

/** The word about each mail that holds, in the order in which they were said; null takes an earlier one back. */
function lastWords<T>(
  said: readonly { readonly mail: MessageId; readonly word: T | null }[],
): ReadonlyMap<MessageId, T> {
  const words = new Map<MessageId, T>()
  for (const { mail, word } of said) {
    words.delete(mail)
    if (word !== null) {
      words.set(mail, word)
    }
  }
  return words
}

/** Where a person placed a mail: with another one, or, where it is placed with itself, in a series of its own. */
export function placesOf(
  corrections: Pick<Corrections, 'places'>,
): ReadonlyMap<MessageId, MessageId> {
  return lastWords(corrections.places.map(({ mail, to }) => ({ mail, word: to })))
}

/** The mails by which a correction may name a series: its own but those it took over from an older version. */
function namingMails(series: Series): readonly MessageId[] {
  return series.composedFrom === null ? ownMails(series) : [series.anchor]
}

/** Says to which topic a person linked a series, and by which of its mails; of several words the last one counts. */
export function linkReader(
  corrections: Pick<Corrections, 'links'>,
): (series: Series) => { readonly topic: TopicId; readonly mails: readonly MessageId[] } | null {
  const words = lastWords(corrections.links.map(({ mail, topic }) => ({ mail, word: topic })))
  const order = new Map([...words.keys()].map((mail, at) => [mail, at]))
  return (series) => {
    const mails = namingMails(series)
      .filter((mail) => words.has(mail))
      .toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
    const last = mails.at(-1)
    const topic = last === undefined ? undefined : words.get(last)
    return topic === undefined ? null : { topic, mails }
  }
}

/** Every topic that was ever said of a series, those that hold no more included. */
export function topicsSaid(
  series: Series,
  corrections: Pick<Corrections, 'links'>,
): readonly TopicId[] {
  const mails = new Set(namingMails(series))
  return [
    ...new Set(
      corrections.links.flatMap(({ mail, topic }) => (mails.has(mail) ? (topic ?? []) : [])),
    ),
  ]
}

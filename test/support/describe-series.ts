import { assembleThread, type ThreadAssembly } from '../../src/core/series/assemble-thread.ts'
import { placesOf } from '../../src/core/series/corrections.ts'
import {
  type Corrections,
  noCorrections,
  type Series,
  versionText,
} from '../../src/core/series/series.ts'
import { threadComponents } from '../../src/core/series/thread.ts'
import { linkTopics } from '../../src/core/topic/link-topics.ts'
import { type MailSketch, makeMessage } from './make-message.ts'

function local(messageId: string): string {
  return messageId.replace(/@example\.org$/, '')
}

/** `v2 of 3: c 1=a 2=b -3 r=x`: version, total, cover, patches, missing numbers, replies. */
export function describeSeries(series: Series): string {
  return [
    `v${versionText(series)} of ${series.total}:`,
    ...(series.cover === null ? [] : [local(series.cover)]),
    ...series.patches.map(({ number, messageId }) => `${number}=${local(messageId)}`),
    ...series.missing.map((number) => `-${number}`),
    ...series.replies.map((id) => `r=${local(id)}`),
  ].join(' ')
}

/** Threads the mails and assembles each thread, the quiet time over. */
export function assembleAll(
  sketches: readonly MailSketch[],
  corrections: Corrections = noCorrections,
): Omit<ThreadAssembly, 'settlesAt'> {
  const messages = sketches.map(makeMessage)
  const threads = threadComponents(messages, undefined, placesOf(corrections))
  const parts = threads.map((thread) =>
    assembleThread(thread, corrections, { quietMs: 0, now: null }),
  )
  return {
    series: parts.flatMap(({ series }) => series),
    others: parts.flatMap(({ others }) => others),
    decisions: parts.flatMap(({ decisions }) => decisions),
  }
}

/** The series among the mails, each in one line. */
export function seriesOf(...sketches: readonly MailSketch[]): readonly string[] {
  return assembleAll(sketches).series.map(describeSeries)
}

/** The topics among the mails: in each, the versions with the rule that joined them, such as `v2 reply`. */
export function topicsOf(...sketches: readonly MailSketch[]): readonly (readonly string[])[] {
  const linked = linkTopics(assembleAll(sketches).series, () => null, noCorrections)
  const names = [...new Set(linked.map(({ topic }) => topic))]
  return names.map((name) =>
    linked
      .filter(({ topic }) => topic === name)
      .map(({ series, linkedBy }) => `v${versionText(series)} ${linkedBy ?? 'first'}`),
  )
}

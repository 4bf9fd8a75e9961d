import { seededRandom } from '../../test/support/seeded-random.ts'
import type { HistoryPatch } from './history-patches.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const longestSeries = 9

/**
 * What a list would have carried had these patches been mailed to it: series of one to nine with covers, second
 * versions, and replies with trailers and quotes. Text is latin1, one mail each, without mbox separators.
 */
export async function* listMails(rounds: AsyncIterable<HistoryPatch>): AsyncGenerator<string> {
  const random = seededRandom(4)
  let at = Date.UTC(2005, 0, 1)
  let series: HistoryPatch[] = []
  let wanted = 1
  for await (const patch of rounds) {
    const [first] = series
    if (first !== undefined && (first.address !== patch.address || series.length >= wanted)) {
      at += Math.floor(random() * 30) * minuteMs
      yield* seriesMails(series, at, random)
      series = []
    }
    if (series.length === 0) {
      wanted = 1 + Math.floor(random() ** 2 * longestSeries)
    }
    series.push(patch)
  }
}

function* seriesMails(
  series: readonly HistoryPatch[],
  at: number,
  random: () => number,
): Generator<string> {
  yield* versionMails(series, 1, at, null, random)
  if (random() < 0.25) {
    const isReply = random() < 0.5
    yield* versionMails(series, 2, at + 3 * dayMs, isReply ? headId(series, 1) : null, random)
  }
}

function hasCover(series: readonly HistoryPatch[]): boolean {
  return series.length > 1 && (series[0]?.sha ?? '') < 'd'
}

function mailId(patch: HistoryPatch, version: number, what: string): string {
  return `${what}.v${version}.${patch.sha.slice(0, 20)}.${patch.address}`
}

/** The mail that the others of a version answer. */
function headId(series: readonly HistoryPatch[], version: number): string {
  const [first] = series
  return first === undefined ? '' : mailId(first, version, hasCover(series) ? 'cover' : 'patch')
}

function* versionMails(
  series: readonly HistoryPatch[],
  version: number,
  at: number,
  answers: string | null,
  random: () => number,
): Generator<string> {
  const head = headId(series, version)
  const counter = version === 1 ? 'PATCH' : `PATCH v${version}`
  const [first] = series
  const earlier = answers === null ? [] : [answers]
  if (first !== undefined && hasCover(series)) {
    const body = `This series has ${series.length} patches.\n\n${series
      .map(({ author, title }) => `${author}: ${title}`)
      .join('\n')}\n-- \n2.39.5\n`
    const subject = `[${counter} 0/${series.length}] ${first.title} and more`
    yield mail({ id: head, from: first, at, subject, answers: earlier, mime: first.mime, body })
  }
  for (const [index, patch] of series.entries()) {
    const id = mailId(patch, version, 'patch')
    const sentAt = at + (index + 1) * 1000
    const number = series.length === 1 ? '' : ` ${index + 1}/${series.length}`
    const subject = `[${counter}${number}] ${patch.title}`
    const thread = id === head ? earlier : [...earlier, head]
    yield mail({ id, from: patch, at: sentAt, subject, answers: thread, ...patch })
    for (let n = 0; random() < 0.45 && n < 4; n += 1) {
      yield reply(patch, { id, thread, subject, n, at: sentAt + (n + 1) * 7 * minuteMs }, random)
    }
  }
}

interface Answered {
  readonly id: string
  readonly thread: readonly string[]
  readonly subject: string
  readonly n: number
  readonly at: number
}

function reply(patch: HistoryPatch, answered: Answered, random: () => number): string {
  const { id, thread, subject, n, at } = answered
  const who = `reviewer${Math.floor(random() * 40)}@example.org`
  const quoted = patch.body
    .split('\n')
    .slice(0, 12 + Math.floor(random() * 40))
    .map((line) => `> ${line}`)
    .join('\n')
  const said = n === 0 ? `Reviewed-by: Re Viewer <${who}>` : 'Why is this needed here?'
  return mail({
    id: `reply${n}.${id}`,
    from: { author: 'Re Viewer', address: who },
    at,
    subject: `Re: ${subject}`,
    answers: [...thread, id],
    mime: patch.mime,
    body: `${patch.author} writes:\n${quoted}\n\n${said}\n\nRe\n`,
  })
}

interface MailParts {
  readonly id: string
  readonly from: { readonly author: string; readonly address: string }
  readonly at: number
  readonly subject: string
  /** The thread so far, oldest first. */
  readonly answers: readonly string[]
  readonly mime: string
  readonly body: string
}

function mail({ id, from, at, subject, answers, mime, body }: MailParts): string {
  const parent = answers.at(-1)
  const date = new Date(at).toUTCString().replace('GMT', '+0000')
  return (
    `Return-Path: <${from.address}>\n` +
    `Received: from mail.example.org (mail.example.org [192.0.2.7])\n` +
    `\tby lists.example.org (Postfix) with ESMTPS id ${id.length}${at.toString(36)}\n` +
    `\tfor <devel@lists.example.org>; ${date}\n` +
    `From: ${from.author} <${from.address}>\nTo: devel@lists.example.org\n` +
    `Cc: Main Tainer <maintainer@example.org>\nSubject: ${subject}\nDate: ${date}\n` +
    `Message-ID: <${id}>\n` +
    (parent === undefined ? '' : `In-Reply-To: <${parent}>\n`) +
    (answers.length === 0
      ? ''
      : `References: ${answers.map((each) => `<${each}>`).join('\n\t')}\n`) +
    `${mime}List-Id: Development <devel.lists.example.org>\nPrecedence: list\n\n${body}`
  )
}

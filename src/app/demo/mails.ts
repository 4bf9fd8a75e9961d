import type { DemoAuthor, Workshop } from './upstream.ts'

/** One mail of the demo, as bytes of a Maildir file. */
export interface DemoMail {
  readonly messageId: string
  readonly raw: string
}

export const listAddress = 'hello-devel@lists.example.org'
export const listId = 'hello-devel.lists.example.org'

const separator = /^From [0-9a-f]{40} Mon Sep 17 00:00:00 2001\n/m

function headers(messageId: string, inReplyTo: readonly string[]): string {
  const parent = inReplyTo.at(-1)
  return [
    `To: ${listAddress}`,
    `List-Id: <${listId}>`,
    `Message-ID: <${messageId}>`,
    ...(parent === undefined
      ? []
      : [`In-Reply-To: <${parent}>`, `References: ${inReplyTo.map((id) => `<${id}>`).join(' ')}`]),
    '',
  ].join('\n')
}

export interface SeriesOptions {
  /** Message-IDs are `<name>-<number>@contributor.example`. */
  readonly name: string
  readonly range: string
  readonly author: DemoAuthor
  readonly day: number
  /** Subject and text of a cover letter. */
  readonly cover?: { readonly subject: string; readonly text: string }
  readonly version?: number
  /** Written as the base-commit: trailer. */
  readonly base?: string
  /** What the first mail answers. */
  readonly inReplyTo?: readonly string[]
}

/**
 * The mails of one series as `git format-patch` writes them and `git send-email` would send them: each in reply to
 * the first. The cover, where there is one, is number 0.
 */
export async function seriesMails(
  workshop: Workshop,
  options: SeriesOptions,
): Promise<readonly DemoMail[]> {
  const output = await workshop.git(
    'format-patch',
    '--stdout',
    '--no-signature',
    ...(options.cover === undefined ? [] : ['--cover-letter']),
    ...(options.version === undefined ? [] : [`--reroll-count=${options.version}`]),
    ...(options.base === undefined ? [] : [`--base=${options.base}`]),
    options.range,
  )
  const parts = output.split(separator).filter((part) => part !== '')
  const first = options.cover === undefined ? 1 : 0
  const root = `${options.name}-${first}@contributor.example`
  return parts.map((part, index) => {
    const messageId = `${options.name}-${first + index}@contributor.example`
    const before = options.inReplyTo ?? []
    const references = index === 0 ? before : [...before, root]
    const filled =
      index === 0 && options.cover !== undefined
        ? coverOf(part, options.cover, options.author, options.day)
        : part
    const from = filled.replace(/^From: /m, `${headers(messageId, references)}From: `)
    return {
      messageId,
      raw: `Received: from contributor.example by lists.example.org; ${dateHeader(options.day)}\n${from}`,
    }
  })
}

function dateHeader(day: number): string {
  return new Date(Date.UTC(2026, 0, day, 9, 0, 0)).toUTCString().replace('GMT', '+0000')
}

function coverOf(
  part: string,
  cover: { readonly subject: string; readonly text: string },
  author: DemoAuthor,
  day: number,
): string {
  return part
    .replace(/^From: .*$/m, `From: ${author.name} <${author.address}>`)
    .replace(/^Date: .*$/m, `Date: ${dateHeader(day)}`)
    .replace('*** SUBJECT HERE ***', cover.subject)
    .replace('*** BLURB HERE ***', cover.text)
}

/** A reply of a reviewer. */
export function replyMail(
  messageId: string,
  references: readonly string[],
  subject: string,
  author: DemoAuthor,
  day: number,
  text: string,
): DemoMail {
  const raw = [
    `${headers(messageId, references).trimEnd()}`,
    `From: ${author.name} <${author.address}>`,
    `Date: ${dateHeader(day)}`,
    `Subject: Re: ${subject}`,
    '',
    text,
    '',
  ].join('\n')
  return { messageId, raw }
}

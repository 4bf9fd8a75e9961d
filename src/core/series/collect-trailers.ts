import type { Mailbox, Message } from '../message.ts'
import type { Problem } from '../problem.ts'
import type { GivenTrailer, Trailer } from './trailer.ts'

/** Keys that may go without a person: the value names a commit or an address on the web. */
const impersonal = new Set(['fixes', 'link', 'buglink', 'closes', 'obsoleted-by'])
const linking = new Set(['link', 'buglink', 'closes'])
/** Keys that replies have for other reasons: headers, signatures, and what says something of the series itself. */
const noTrailers = new Set(
  (
    'from author cc to date subject subscribe unsubscribe base-commit change-id message-id phone mail email e-mail ' +
    'reply-to in-reply-to references supersedes based-on depends-on prerequisite-message-id ' +
    'prerequisite-patch-id prerequisite-change-id'
  ).split(' '),
)
/** No person has a longer name, and no pattern is tried on more. */
const maxValueLength = 1000
const person = /^(?<name>[^<]*?)\s*<?(?<address>[^\s<>]+@[^\s<>]+\.[^\s<>]+?)>?(?:\s.*)?$/

function isFollowUp({ key, value }: Trailer): boolean {
  const name = key.toLowerCase()
  if (!/^[a-z0-9_-]+$/.test(name) || noTrailers.has(name) || value.length > maxValueLength) {
    return false
  }
  if (name === 'fixes') {
    return /^[0-9a-f]{6,}/i.test(value)
  }
  const isLink = /https?:\/\//i.test(value)
  return isLink ? linking.has(name) : impersonal.has(name) || person.test(value)
}

/** What a reply gives: its trailers by b4's rules for follow-ups, in order. */
export function followUpTrailers(reply: Message): readonly GivenTrailer[] {
  return reply.trailers
    .filter(isFollowUp)
    .map(({ key, value }) => ({ key, value, messageId: reply.messageId }))
}

function withoutTag(address: string): string {
  return address.toLowerCase().replace(/\+[^@]+@/, '@')
}

/** Equal but for a `+tag`, or `linux.example.com` for `example.com`. */
function isSameAddress(one: string, other: string): boolean {
  const [a, b] = [withoutTag(one), withoutTag(other)]
  const [aUser, aHost = ''] = a.split('@')
  const [bUser, bHost = ''] = b.split('@')
  return (
    a === b || (aUser === bUser && (aHost.endsWith(`.${bHost}`) || bHost.endsWith(`.${aHost}`)))
  )
}

/** `John Doe`, and `Doe, John` as some mail programs write it. */
function isSameName(one: string, other: string): boolean {
  const words = [one, other].map((name) =>
    name
      .toLowerCase()
      .split(/[\s,"']+/)
      .filter((word) => word !== '')
      .toSorted()
      .join(' '),
  )
  return words[0] !== '' && words[0] === words[1]
}

/** Whether the person a trailer names is the sender; true where it names none. */
export function isGivenBySender(trailer: Trailer, sender: Mailbox): boolean {
  const named = person.exec(trailer.value)?.groups
  return (
    named === undefined ||
    impersonal.has(trailer.key.toLowerCase()) ||
    isSameAddress(named['address'] ?? '', sender.address) ||
    isSameName(named['name'] ?? '', sender.name)
  )
}

/**
 * The same for the same key and value, as b4 compares them: in any case, without a `# comment` or `[note]`, and links
 * by the Message-ID they end in.
 */
export function trailerKey({ key, value }: Trailer): string {
  const name = key.toLowerCase()
  const bare = value
    .slice(0, maxValueLength)
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/ (?:#[^#]*|\[[^\]]*\])$/, '')
    .replace(/^<([^<>\s]+)>$/, '$1')
  const linked =
    name === 'link' ? /^https?:\/\/\S*\/([^/\s]+@[^/\s]+)\/?$/.exec(bare)?.[1] : undefined
  return `${name}: ${linked ?? bare}`
}

/** What `problems` say of a given trailer that names another person than its sender. */
export function mismatchOf(
  { key, value, messageId }: GivenTrailer,
  problems: readonly Problem[],
): readonly Problem[] {
  return problems.filter(
    ({ code, message }) =>
      code === 'trailer-from-mismatch' &&
      message.startsWith(`"${key}: ${value}" was sent by `) &&
      message.endsWith(` in ${messageId}`),
  )
}

export interface CollectedTrailers {
  readonly trailers: readonly GivenTrailer[]
  readonly problems: readonly Problem[]
}

/**
 * The trailers that `replies` (to this patch, or to its cover), oldest first, give a patch with the trailers `own`:
 * each once, and none that it has already. One that names another person than its sender is given too, with the
 * problem `trailer-from-mismatch`.
 */
export function collectTrailers(
  own: readonly Trailer[],
  replies: readonly Message[],
): CollectedTrailers {
  const trailers: GivenTrailer[] = []
  const problems: Problem[] = []
  const giving = replies.filter(({ trailers: given }) => given.length > 0)
  if (giving.length === 0) {
    return { trailers, problems }
  }
  const seen = new Set(own.map(trailerKey))
  for (const reply of giving) {
    for (const trailer of followUpTrailers(reply)) {
      const key = trailerKey(trailer)
      if (seen.has(key)) {
        continue
      }
      seen.add(key)
      trailers.push(trailer)
      if (!isGivenBySender(trailer, reply.submitter)) {
        const sender = `${reply.submitter.name} <${reply.submitter.address}>`.trim()
        problems.push({
          code: 'trailer-from-mismatch',
          message: `"${trailer.key}: ${trailer.value}" was sent by ${sender} in ${reply.messageId}`,
        })
      }
    }
  }
  return { trailers, problems }
}

import { reportMessageId } from '../core/report/outgoing-id.ts'
import type { OutgoingMail } from '../core/report/outgoing-mail.ts'
import { type Condition, conditionKey } from '../core/watch/condition.ts'
import type { Installation, Notice } from '../core/watch/notice.ts'
import { layOut } from './layout.ts'
import { plainLine, plainSentence } from './plain-text.ts'
import type { NoticeEnvelope } from './reporter.ts'
import type { FillTemplate } from './template-engine.ts'

/** A header that holds, percent-encoded, the keys of the conditions that are bad once this mail is read. */
export const badHeader = 'X-Patchferry-Bad'

function moment(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function conditionView(condition: Condition): unknown {
  const { message, remedy, since } = condition
  return {
    key: plainLine(conditionKey(condition), 120),
    message: plainSentence(message),
    remedy: remedy === null ? null : plainLine(remedy, 400),
    since: moment(since),
  }
}

function noticeView(
  { turnedBad, recovered, stillBad }: Notice,
  { host, stateDirectory, projects }: Installation,
): Record<string, unknown> {
  function orNull<T>(list: readonly T[]): readonly T[] | null {
    return list.length === 0 ? null : list
  }
  return {
    host: plainLine(host, 80),
    folder: plainLine(stateDirectory, 200),
    projects: namesOf(projects, 12),
    count: turnedBad.length,
    bad: orNull(turnedBad.map(conditionView)),
    recovered: orNull(
      recovered.map(({ key, condition }) => ({
        key: plainLine(key, 120),
        message: condition === null ? null : plainSentence(condition.message),
        since: condition === null ? null : moment(condition.since),
      })),
    ),
    still: orNull(stillBad.map(conditionView)),
  }
}

/** The first of them, and how many there are besides. */
function namesOf(projects: readonly string[], most: number): string {
  const shown = projects.slice(0, most).map((name) => plainLine(name, 40))
  const left = projects.length - shown.length
  return [...shown, ...(left > 0 ? [`${left} more`] : [])].join(', ')
}

function subjectOf({ turnedBad, recovered, stillBad }: Notice, from: Installation): string {
  const who = `Patchferry on ${plainLine(from.host, 40)} (${namesOf(from.projects, 2)})`
  const bad = turnedBad.map(conditionKey).join(', ')
  if (bad !== '') {
    return plainLine(`${who} needs you: ${bad}`, 160)
  }
  return stillBad.length === 0
    ? `${who} is well again`
    : plainLine(`${who} has recovered: ${recovered.map(({ key }) => key).join(', ')}`, 160)
}

/** The mail to the operator; it answers none. `bad`: what he takes for bad once he has read it. Pure. */
export function renderNotice(
  notice: Notice,
  bad: readonly string[],
  envelope: NoticeEnvelope,
  fill: FillTemplate,
): OutgoingMail {
  const { from, installation, key, to } = envelope
  return {
    messageId: reportMessageId(key, from.address.split('@').at(-1) ?? ''),
    inReplyTo: null,
    references: [],
    from,
    to,
    cc: [],
    subject: subjectOf(notice, installation),
    date: notice.at,
    text: `${layOut(fill('operator', noticeView(notice, installation)))}\n`,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Patchwork-Hint': 'ignore',
      'X-Patchferry-Report': 'operator',
      [badHeader]: bad.map(encodeURIComponent).join(' '),
    },
  }
}

/** What `renderNotice` wrote into the header. */
export function badIn(mail: Pick<OutgoingMail, 'headers'>): readonly string[] {
  return (mail.headers[badHeader] ?? '')
    .split(' ')
    .filter((key) => key !== '')
    .map(decodeURIComponent)
}

/** A made-up notice, for previews and to try a template. */
export function sampleNotice(): Notice {
  function condition(
    id: Condition['id'],
    subject: string | null,
    since: string,
    message: string,
    remedy: string | null,
  ): Condition {
    const state = remedy === null ? 'good' : 'bad'
    return {
      id,
      subject,
      state,
      since: new Date(since),
      message,
      value: null,
      limit: null,
      remedy,
    }
  }
  const silence = condition(
    'source-silence',
    'frob-devel',
    '2026-11-21T04:10:00Z',
    'The last mail of frob-devel came 19 hours ago; by its habit 14 hours would be suspicious.',
    'Look whether the list is quiet in its own archive.',
  )
  const disk = condition(
    'free-disk',
    null,
    '2026-11-21T09:40:00Z',
    '812 MB are free for the state folder; 1024 MB are wanted.',
    'Make room: mail waits, unharmed, while the disk is full.',
  )
  const failed = condition(
    'failed-mails',
    null,
    '2026-11-19T12:00:00Z',
    '2 mails were refused or given up.',
    'patchferry outbox shows the answer of the mail server.',
  )
  const mirror = condition(
    'mirror-age',
    'frob',
    '2026-11-21T09:05:00Z',
    'The base branches of frob were refreshed 3 minutes ago.',
    null,
  )
  return {
    turnedBad: [silence, disk],
    recovered: [{ key: conditionKey(mirror), condition: mirror }],
    stillBad: [failed],
    at: new Date('2026-11-21T09:55:00Z'),
  }
}

/** Where the made-up notice comes from. */
export const sampleInstallation: Installation = {
  host: 'build.example.org',
  stateDirectory: '/var/lib/patchferry',
  projects: ['frob'],
}

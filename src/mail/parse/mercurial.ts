import type { ByteText } from './byte-text.ts'
import { authorAsGit, subjectAsGit } from './git-author.ts'
import type { MailInfo } from './mailinfo.ts'

const opening = '# HG changeset patch\n'
const comment = /# ?([^\n]*)\n/y

/**
 * What a Mercurial changeset in a mail (`hg email`) says, where git would take its `#` lines for the message: author,
 * date and message. What stands above it, as a diffstat does (`hg email -d`) or the words to an attachment (`-a`), is no
 * part of the message. Null where there is none.
 */
export function readChangeset(info: MailInfo): MailInfo | null {
  const start = `\n${info.log}`.indexOf(`\n${opening}`)
  if (start === -1) {
    return null
  }
  let at = start + opening.length
  const fields = new Map<string, ByteText>()
  for (;;) {
    comment.lastIndex = at
    const found = comment.exec(info.log)
    if (found === null) {
      break
    }
    const [, name = '', value = ''] = /^(User|Date)\s+(.*)$/.exec(found[1] ?? '') ?? []
    fields.set(name, value)
    at += found[0].length
  }
  const message = info.log.slice(at).replace(/^\s+/, '')
  const end = message.indexOf('\n')
  const title = end === -1 ? message : message.slice(0, end)
  const user = fields.get('User')
  return {
    ...info,
    author: user === undefined ? info.author : authorAsGit(user),
    hasInBodyFrom: info.hasInBodyFrom || user !== undefined,
    date: gitDate(fields.get('Date') ?? '') ?? info.date,
    subject: title === '' ? info.subject : subjectAsGit(title),
    log: title === '' ? '' : message.slice(title.length + 1),
  }
}

/** Mercurial counts the zone in seconds west of UTC. */
function gitDate(value: ByteText): ByteText | null {
  const { seconds, west } = /^(?<seconds>\d+) (?<west>-?\d+)$/.exec(value.trim())?.groups ?? {}
  if (seconds === undefined || west === undefined) {
    return null
  }
  const minutes = Math.round(Math.abs(Number(west)) / 60)
  const zone = `${Math.floor(minutes / 60)}`.padStart(2, '0') + `${minutes % 60}`.padStart(2, '0')
  return `@${seconds} ${Number(west) > 0 ? '-' : '+'}${zone}`
}

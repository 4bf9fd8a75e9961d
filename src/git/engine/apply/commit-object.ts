import type { Sha } from '../../../core/ids.ts'
import type { Mailbox } from '../../../core/message.ts'
import type { MailAsGit } from '../../mail-reader.ts'
import { type GitObject, toObject } from '../../objects/object-encoding.ts'

/** Author date as a commit holds it: `1704164645 +0100`. */
type CommitDate = string

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** `Tue, 2 Jan 2024 03:04:05 +0100 (CET)`, as nearly every mail writes it (RFC 5322, section 3.3). */
const ordinary =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(?<day>\d{1,2}) (?<month>[A-Z][a-z]{2}) (?<year>19[7-9]\d|20\d\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d) (?<sign>[+-])(?<zoneHours>\d\d)(?<zoneMinutes>\d\d)(?: \((?:UTC|GMT|[CEW]ES?T|[ECMP][SD]T|BST|JST|IST)\))?$/

/** Null for a date in any other form: what git makes of those is left to git. */
export function commitDate(value: string): CommitDate | null {
  const found = ordinary.exec(value.trim())?.groups
  const month = months.indexOf(found?.['month'] ?? '')
  if (found === undefined || month === -1) {
    return null
  }
  const [day, hour, minute, second, zoneHours, zoneMinutes, year] = [
    'day',
    'hour',
    'minute',
    'second',
    'zoneHours',
    'zoneMinutes',
    'year',
  ].map((key) => Number(found[key])) as [number, number, number, number, number, number, number]
  if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
    return null
  }
  if (zoneHours > 14 || zoneMinutes > 59) {
    return null
  }
  const east = (zoneHours * 60 + zoneMinutes) * (found['sign'] === '-' ? -1 : 1)
  const seconds = Date.UTC(year, month, day, hour, minute, second) / 1000 - east * 60
  const zone = east === 0 ? '+0000' : `${found['sign']}${found['zoneHours']}${found['zoneMinutes']}`
  return seconds < 0 ? null : `${seconds} ${zone}`
}

/**
 * The commit `git am --committer-date-is-author-date` makes. Null where git would write something else than it is given
 * (text that is not UTF-8), refuse it, or has changed its mind from version to version.
 */
export function commitObject(
  mail: MailAsGit,
  tree: Sha,
  parent: Sha,
  committer: Mailbox,
): GitObject | null {
  const date = commitDate(mail.date)
  const author = identity(mail.author.name, mail.author.email)
  const by = identity(toBytes(committer.name), toBytes(committer.address))
  if (date === null || author === null || by === null || mail.message === '') {
    return null
  }
  const content = Buffer.from(
    `tree ${tree}\nparent ${parent}\nauthor ${author} ${date}\ncommitter ${by} ${date}\n\n${mail.message}`,
    'latin1',
  )
  return isCleanText(content) ? toObject('commit', content) : null
}

function identity(name: string, email: string): string | null {
  const [cleanName, cleanEmail] = [identityPart(name), identityPart(email)]
  return cleanName === null || cleanEmail === null ? null : `${cleanName} <${cleanEmail}>`
}

/** What git cuts off at both ends of a name or address (`crud` in ident.c), but for the point. */
const crud = /^[\0-\x20,:;<>"\\']+|[\0-\x20,:;<>"\\']+$/g

/** Null for an empty one, and for a point at an end: whether that is cut off differs from version to version. */
function identityPart(text: string): string | null {
  const clean = text.replace(crud, '').replace(/[\n<>]/g, '')
  return clean === '' || clean.startsWith('.') || clean.endsWith('.') ? null : clean
}

function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** `verify_utf8` in commit.c writes anew what is not UTF-8 to it: noncharacters are none. */
function isCleanText(bytes: Buffer): boolean {
  if (bytes.includes(0)) {
    return false
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return !/[\ufdd0-\ufdef]|\p{Noncharacter_Code_Point}/u.test(text)
  } catch {
    return false
  }
}

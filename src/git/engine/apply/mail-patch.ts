import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { runGit } from '../../cli/run-git.ts'
import type { PatchMail } from '../../git-engine.ts'
import type { MailAsGit } from '../../mail-reader.ts'
import type { Repository } from '../repository.ts'
import { inTempFolder } from '../temp-folder.ts'
import { commitDate } from './commit-object.ts'
import { earliestReceived, formatMailDate, judgeDate } from './mail-date.ts'

/** One mail as git reads it. */
export interface MailPatch {
  readonly mail: PatchMail
  /** What to hand to `git am` (a byte string): one mail, with a date that does not depend on a clock. */
  readonly text: string
  /** The diff and what surrounds it, as a byte string; empty when git finds none. */
  readonly patch: string
  /** Author date; null when it is no ordinary date. */
  readonly authoredAt: Date | null
  /** All that git would find in it, where that is known without asking git. */
  readonly known: MailAsGit | null
}

/** Reads the mails of a series, in order, as `git am` does: in this process where that is sure, else by `git mailinfo`. */
export async function readMailPatches(
  repository: Repository,
  mails: readonly PatchMail[],
  signal: AbortSignal | undefined,
): Promise<readonly MailPatch[]> {
  const patches: MailPatch[] = []
  for (const mail of mails) {
    patches.push(readKnown(repository, mail) ?? (await askGit(repository, mail, signal)))
  }
  return patches
}

/** Another mail begins at such a line of an mbox, says `git mailsplit`. */
const mailBreak = /\nFrom [^\n]*\d:\d\d/

function readKnown(repository: Repository, mail: PatchMail): MailPatch | null {
  const text = oneMail(Buffer.from(mail.raw).toString('latin1'))
  if (repository.readMail === null || mailBreak.test(text)) {
    return null
  }
  const known = repository.readMail(Buffer.from(text, 'latin1'))
  return known === null || commitDate(known.date) === null
    ? null
    : { mail, text, patch: known.patch, authoredAt: new Date(Date.parse(known.date)), known }
}

async function askGit(
  repository: Repository,
  mail: PatchMail,
  signal: AbortSignal | undefined,
): Promise<MailPatch> {
  const text = oneMail(Buffer.from(mail.raw).toString('latin1'))
  const first = await mailinfo(repository, text, signal)
  const isDated = await isUsable(first.date, signal)
  const date = isDated ? first.date : formatMailDate(earliestReceived(text) ?? new Date(0))
  const time = Date.parse(date)
  return {
    mail,
    text: isDated ? text : withDate(text, date),
    patch: first.patch,
    authoredAt: Number.isNaN(time) ? null : new Date(time),
    known: null,
  }
}

/** With `date` in the place of every Date header: of several, `git mailinfo` takes the last. */
function withDate(text: string, date: string): string {
  const end = text.search(/\n\r?\n/)
  const headers = end === -1 ? text : text.slice(0, end + 1)
  const others = headers.replace(/^Date:.*\n(?:[ \t].*\n)*/gim, '')
  return `Date: ${date}\n${others}${text.slice(headers.length)}`
}

/** Without blank lines and mbox `From ` lines in front: `git mailsplit` then takes the whole as one mail. */
function oneMail(text: string): string {
  return text.replace(/^(?:\s+|From [^\n]*(?:\n|$))+/, '')
}

async function mailinfo(
  repository: Repository,
  text: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly date: string; readonly patch: string }> {
  // `git am` splits first, and mailsplit drops the CR of every CRLF.
  const input = Buffer.from(text.replace(/\r\n/g, '\n'), 'latin1')
  return inTempFolder(repository.tempDirectory, 'mails', async (place) => {
    const { exitCode, stdout } = await runGit(
      ['mailinfo', path.join(place, 'message'), path.join(place, 'patch')],
      { ...repository.view, cwd: place, input },
      signal,
    )
    if (exitCode !== 0) {
      return { date: '', patch: '' }
    }
    const date = /^Date: (?<date>.*)$/m.exec(Buffer.from(stdout).toString('latin1'))
    return {
      date: date?.groups?.['date'] ?? '',
      patch: await readFile(path.join(place, 'patch'), 'latin1'),
    }
  })
}

async function isUsable(date: string, signal: AbortSignal | undefined): Promise<boolean> {
  const judgement = judgeDate(date)
  if (judgement !== 'ask-git') {
    return judgement === 'usable'
  }
  const env = { GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x', GIT_AUTHOR_DATE: date }
  return (await runGit(['var', 'GIT_AUTHOR_IDENT'], { env }, signal)).exitCode === 0
}

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runGit } from '../../cli/run-git.ts'
import type { PatchMail } from '../../git-engine.ts'
import type { Repository } from '../repository.ts'
import { earliestReceived, formatMailDate, judgeDate } from './mail-date.ts'

/** One mail as git reads it. */
export interface MailPatch {
  readonly mail: PatchMail
  /** The file to hand to `git am`: one mail, with a date that does not depend on a clock. */
  readonly file: string
  /** The diff and what surrounds it, as a byte string; empty when git finds none. */
  readonly patch: string
  /** Author date; null when it is no ordinary date. */
  readonly authoredAt: Date | null
}

/**
 * Reads the mails of a series into files below `folder`, in order. The patch is taken out by `git mailinfo`, as
 * `git am` does it.
 */
export async function readMailPatches(
  repository: Repository,
  mails: readonly PatchMail[],
  folder: string,
  signal: AbortSignal | undefined,
): Promise<readonly MailPatch[]> {
  const patches: MailPatch[] = []
  for (const [index, mail] of mails.entries()) {
    const place = path.join(folder, String(index))
    await mkdir(place)
    patches.push(await readMailPatch(repository, mail, place, signal))
  }
  return patches
}

async function readMailPatch(
  repository: Repository,
  mail: PatchMail,
  place: string,
  signal: AbortSignal | undefined,
): Promise<MailPatch> {
  const text = oneMail(Buffer.from(mail.raw).toString('latin1'))
  const first = await mailinfo(repository, text, place, signal)
  const isDated = await isUsable(first.date, signal)
  const date = isDated ? first.date : formatMailDate(earliestReceived(text) ?? new Date(0))
  const file = path.join(place, 'mail')
  await writeFile(file, isDated ? text : withDate(text, date), 'latin1')
  const time = Date.parse(date)
  return {
    mail,
    file,
    patch: first.patch,
    authoredAt: Number.isNaN(time) ? null : new Date(time),
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
  place: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly date: string; readonly patch: string }> {
  // `git am` splits first, and mailsplit drops the CR of every CRLF.
  const input = Buffer.from(text.replace(/\r\n/g, '\n'), 'latin1')
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
}

async function isUsable(date: string, signal: AbortSignal | undefined): Promise<boolean> {
  const judgement = judgeDate(date)
  if (judgement !== 'ask-git') {
    return judgement === 'usable'
  }
  const env = { GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x', GIT_AUTHOR_DATE: date }
  return (await runGit(['var', 'GIT_AUTHOR_IDENT'], { env }, signal)).exitCode === 0
}

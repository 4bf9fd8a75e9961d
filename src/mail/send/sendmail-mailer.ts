import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import type { MessageId } from '../../core/ids.ts'
import type { OutgoingMail } from '../../core/report/outgoing-mail.ts'
import type { Mailer, SendResult } from '../mailer.ts'
import { composeMail } from './compose-mail.ts'
import { type Envelope, envelopeOf } from './envelope.ts'

export interface SendmailOptions {
  /** Program and first arguments; no shell reads them. */
  readonly argv: readonly string[]
  /** How long the program may take. */
  readonly timeoutMs: number
  /** Where bounces of this mail go. */
  returnPath(messageId: MessageId): string
}

/** sysexits.h: what speaks of this very mail. Everything else is trouble of the system, and may pass. */
const refusals: Readonly<Record<number, string>> = {
  65: 'the mail is malformed',
  67: 'a recipient is unknown',
  68: 'the host of a recipient is unknown',
  69: 'the mail is not taken',
  76: 'the next server breaks the rules',
  77: 'it is not allowed',
}

const keptErrorBytes = 2_000
/** After an abort a program that has the mail may still tell what becomes of it. */
const lastAnswerMs = 5_000
/** How long the words of a program that has ended are waited for, which a child of it can keep from ending. */
const lastWordsMs = 500

function toResult(code: number, said: string): SendResult {
  const reply = `exit ${code}${said === '' ? '' : `: ${said}`}`
  const refusal = refusals[code]
  if (code === 0) {
    return { outcome: 'accepted', reply }
  }
  return refusal === undefined
    ? { outcome: 'deferred', reply }
    : { outcome: 'rejected', reply: `${refusal}: ${reply}` }
}

function notStarted(program: string, cause: Error): BotError {
  return new BotError('MAIL_SENDMAIL_FAILED', `${program} cannot be started: ${cause.message}`, {
    retry: 'later',
    details: { program },
    cause,
  })
}

/**
 * The mail as a file that has no name any more. A program that read a pipe would take half a mail for a whole one when
 * we are killed; a file it has whole from its first instruction on.
 */
async function toNamelessFile(bytes: Uint8Array): Promise<FileHandle> {
  const name = path.join(tmpdir(), `patchferry-mail-${randomBytes(12).toString('hex')}`)
  const written = await open(name, 'wx', 0o600)
  try {
    await written.writeFile(bytes)
    return await open(name, 'r')
  } finally {
    await written.close()
    await rm(name, { force: true })
  }
}

/** The program and what it started: a script may wait for a child that knows nothing of the end. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) {
      process.kill(-pid, 'SIGKILL')
    }
  } catch {
    // It has just ended, or runs as another user: nobody can tell in either case.
  }
}

/** What a program leaves behind may go on writing, but nothing here waits for it. */
function letGo(child: ChildProcess): void {
  child.unref()
  if (child.stderr instanceof Socket) {
    child.stderr.unref()
  }
}

/** From its start on the program may take the mail, whatever becomes of it or of us. */
function run(
  options: SendmailOptions,
  envelope: Envelope,
  mail: FileHandle,
  signal: AbortSignal,
): Promise<SendResult> {
  return new Promise((resolve, reject) => {
    const [program = '', ...first] = options.argv
    const child = spawn(program, [...first, '-i', '-f', envelope.from, '--', ...envelope.to], {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
      stdio: [mail.fd, 'ignore', 'pipe'],
      detached: true,
    })
    let said = ''
    let end = { code: null as number | null, words: 'could not be ended' }
    let late = ''
    let patience: NodeJS.Timeout

    function endWithin(timeMs: number, since: string): void {
      clearTimeout(patience)
      patience = setTimeout(() => {
        late = `took longer than ${timeMs / 1_000} s${since} and `
        killGroup(child.pid)
        patience = setTimeout(settle, lastWordsMs)
      }, timeMs)
    }
    function hurry(): void {
      if (late === '' && child.exitCode === null && child.signalCode === null) {
        endWithin(lastAnswerMs, ' after it was to stop')
      }
    }
    function forget(): void {
      clearTimeout(patience)
      signal.removeEventListener('abort', hurry)
    }
    function settle(): void {
      forget()
      letGo(child)
      const text = said.replace(/[\p{Cc}\s]+/gu, ' ').trim()
      const reply = `${program} ${late}${end.words}${text === '' ? '' : `: ${text}`}`
      resolve(end.code === null ? { outcome: 'unknown', reply } : toResult(end.code, text))
    }

    endWithin(options.timeoutMs, '')
    signal.addEventListener('abort', hurry, { once: true })
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(0, keptErrorBytes)
    })
    child.on('error', (error) => {
      forget()
      reject(notStarted(program, error))
    })
    child.on('exit', (code, killedBy) => {
      end = { code, words: `was ended by ${killedBy ?? 'nobody'}` }
      clearTimeout(patience)
      patience = setTimeout(settle, lastWordsMs)
    })
    child.on('close', settle)
  })
}

/**
 * Hands mails to a program that speaks sendmail's command line: recipients as arguments, the mail on standard input
 * with LF. Its exit 0 means that it has queued the mail, and 75 (EX_TEMPFAIL) that it has not; it cannot tell of a mail
 * later. Throws MAIL_SENDMAIL_FAILED and what `composeMail` throws, with nothing taken.
 */
export function sendmailMailer(options: SendmailOptions): Mailer {
  const running = new Set<Promise<unknown>>()

  async function deliver(mail: OutgoingMail, signal: AbortSignal): Promise<SendResult> {
    signal.throwIfAborted()
    const envelope = envelopeOf(mail, options.returnPath(mail.messageId))
    const text = Buffer.from(composeMail(mail)).toString('latin1').replaceAll('\r\n', '\n')
    const file = await toNamelessFile(Buffer.from(text, 'latin1'))
    try {
      signal.throwIfAborted()
      return await run(options, envelope, file, signal)
    } finally {
      await file.close()
    }
  }

  return {
    send(mail, signal) {
      const sent = deliver(mail, signal)
      const done = sent.catch(() => undefined).finally(() => running.delete(done))
      running.add(done)
      return sent
    },
    async wasAccepted(_messageId, signal) {
      signal.throwIfAborted()
      return null
    },
    async close() {
      await Promise.all(running)
    },
  }
}

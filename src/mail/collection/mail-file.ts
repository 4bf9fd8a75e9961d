import { createReadStream } from 'node:fs'
import { mailLimits } from '../parse/limits.ts'
import { type MboxFormat, splitMbox } from '../parse/split-mbox.ts'
import { gunzip, isGzip, peek } from './byte-stream.ts'
import type { CollectedMail } from './collected-mail.ts'
import { looksLikeMail } from './looks-like-mail.ts'
import { pathError } from './path-error.ts'

export interface MailFileOptions {
  /** Give out nothing unless the file looks like mail: for files that nobody named. */
  readonly onlyMail: boolean
  /** Is told of every few bytes that were read, packed ones. */
  readonly onRead: (bytes: number) => void
}

const headBytes = 16_384

/**
 * The mails of one file: a single mail, an mbox or mboxrd, any of them packed with gzip; told apart by content.
 * Throws MAIL_PATH_MISSING, MAIL_PATH_UNREADABLE, MAIL_PATH_GZIP.
 */
export async function* readMailFile(
  file: string,
  options: MailFileOptions,
  signal: AbortSignal,
): AsyncGenerator<CollectedMail> {
  try {
    const bytes = createReadStream(file, { highWaterMark: 262_144, signal })
    yield* readMailStream(telling(bytes, options.onRead), file, options)
  } catch (error) {
    throw pathError(file, error, signal)
  }
}

async function* telling(
  chunks: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onRead(chunk.length)
    yield chunk
  }
}

/** The same of a stream; `name` stands for its path. */
export async function* readMailStream(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  options: Pick<MailFileOptions, 'onlyMail'>,
): AsyncGenerator<CollectedMail> {
  const packed = await peek(bytes, 2)
  const { head, chunks } = await peek(
    isGzip(packed.head) ? gunzip(packed.chunks) : packed.chunks,
    headBytes,
  )
  if (options.onlyMail && !looksLikeMail(head)) {
    await chunks.return(undefined)
    return
  }
  const isMailbox = /^[ \t\r\n]*From /.test(Buffer.from(head).toString('latin1'))
  const format: MboxFormat = /\.mboxrd(?:\.gz)?$/i.test(name) ? 'mboxrd' : 'auto'
  // A little more than is read, so that the parser says that it is too much.
  const maxBytes = mailLimits.mailBytes + 1_000_000
  for await (const { raw, offset } of splitMbox(chunks, 0, format, maxBytes)) {
    yield { outcome: 'mail', raw, location: isMailbox ? `${name}:${offset}` : name }
  }
}

import { Readable } from 'node:stream'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { RefusedRecipient, SendResult } from '../../mailer.ts'
import type { Envelope } from '../envelope.ts'
import { dialogueFailure, replyText } from './smtp-failure.ts'

type Socket = Exclude<SMTPConnection['_socket'], false | null>

/** How often it is looked whether the mail has left for the network. */
const flushLookMs = 5
/** After an abort the answer to a mail that is sent whole may still come. */
const lastAnswerMs = 5_000

interface Gate {
  readonly mayBegin: () => boolean
  readonly mayEnd: () => boolean
}

/**
 * The bytes of a mail, whose end is given only when they have left this process and `mayEnd` agrees: nodemailer writes
 * the final dot when this stream ends, and never before.
 */
function bodyStream(bytes: Uint8Array, socket: Socket, { mayBegin, mayEnd }: Gate): Readable {
  let isGiven = false
  async function end(stream: Readable): Promise<void> {
    await nextTurn()
    while (socket.writableLength > 0 && !socket.destroyed) {
      await sleep(flushLookMs)
    }
    // One more turn, in which a connection that was closed meanwhile tells so.
    await nextTurn()
    if (!socket.destroyed && !socket.readableEnded && mayEnd()) {
      stream.push(null)
    } else {
      socket.destroy()
      stream.destroy()
    }
  }
  return new Readable({
    read() {
      if (isGiven) {
        void end(this)
        return
      }
      isGiven = true
      if (!mayBegin()) {
        socket.destroy()
        this.destroy()
        return
      }
      this.push(Buffer.from(bytes))
    },
  })
}

function refusals(errors: readonly SMTPConnection.SMTPError[] = []): readonly RefusedRecipient[] {
  return errors.map((error) => ({
    address: String(error.recipient),
    reply: replyText(error.response ?? error.message),
    isTemporary: (error.responseCode ?? 0) < 500,
  }))
}

function success(info: SMTPConnection.SentMessageInfo, isEndSent: boolean): SendResult {
  const reply = replyText(info.response)
  if (!isEndSent) {
    return { outcome: 'unknown', reply: `the server took the mail before its end: ${reply}` }
  }
  const refused = refusals(info.rejectedErrors)
  return refused.length === 0
    ? { outcome: 'accepted', reply }
    : { outcome: 'partly', reply, refused }
}

/**
 * One mail over an open connection, which is of no further use unless the outcome is `accepted` or `partly`. With `toAll`
 * it is broken off before the mail where a recipient is put off (4xx): `deferred`, and nobody has it. Rejects only when
 * it is aborted before the end of the mail was sent.
 */
export function speak(
  smtp: SMTPConnection,
  envelope: Envelope,
  bytes: Uint8Array,
  how: { readonly isEightBit: boolean; readonly toAll: boolean },
  signal: AbortSignal,
): Promise<SendResult> {
  return new Promise((resolve, reject) => {
    let isEndSent = false
    let isOver = false
    let patience: NodeJS.Timeout | undefined
    function settle(finish: () => void): void {
      if (!isOver) {
        isOver = true
        clearTimeout(patience)
        signal.removeEventListener('abort', stop)
        smtp.removeListener('end', lost)
        finish()
      }
    }
    function fail(error: SMTPConnection.SMTPError): void {
      settle(() => {
        smtp.close()
        resolve(dialogueFailure(error, isEndSent))
      })
    }
    function lost(): void {
      fail(new Error('the connection was lost'))
    }
    function stop(): void {
      if (isEndSent) {
        const tooLate = new Error('stopped before the answer came')
        patience = setTimeout(() => fail(tooLate), lastAnswerMs)
        return
      }
      settle(() => {
        smtp.close()
        reject(signal.reason as Error)
      })
    }
    const socket = smtp._socket
    if (!socket) {
      lost()
      return
    }
    signal.addEventListener('abort', stop, { once: true })
    smtp.once('end', lost)
    // nodemailer notes in the envelope it is given which recipients were refused.
    const offered: SMTPConnection.Envelope & { rejectedErrors?: SMTPConnection.SMTPError[] } = {
      from: envelope.from,
      to: [...envelope.to],
      size: bytes.length,
      use8BitMime: how.isEightBit,
    }
    const body = bodyStream(bytes, socket, {
      mayBegin() {
        const putOff = refusals(offered.rejectedErrors).filter((one) => one.isTemporary)
        if (!how.toAll || putOff.length === 0) {
          return true
        }
        const reply = putOff.map((one) => `${one.address}: ${one.reply}`).join('; ')
        settle(() => resolve({ outcome: 'deferred', reply }))
        return false
      },
      mayEnd() {
        isEndSent = !isOver
        return isEndSent
      },
    })
    smtp.send(offered, body, (error, info) => {
      if (error === null) {
        settle(() => resolve(success(info, isEndSent)))
      } else {
        fail(error)
      }
    })
  })
}

import type { ImapFlow } from 'imapflow'
import type { BotError } from '../../core/bot-error.ts'
import { type AfterImport, finishMails } from './imap-after-import.ts'
import { connectImap, type ImapServer } from './imap-connection.ts'
import { imapFault, isAnswer, saidBy } from './imap-fault.ts'
import { fetchMails, type ImapFetched, uidsAfter } from './imap-fetch.ts'
import type { SourcePlace } from './source-fault.ts'

/** One folder of the server, with a connection of its own, which is made when it is needed. */
export interface ImapFolder {
  readonly name: string
  /** Opens the folder anew and gives its UIDVALIDITY. Throws MAIL_IMAP_FOLDER_MISSING and what `connectImap` does. */
  open(signal: AbortSignal): Promise<string>
  /** The mails of these UIDs, then those after `last`. It must have been opened. */
  read(again: readonly number[], last: number, signal: AbortSignal): AsyncGenerator<ImapFetched>
  /** Flags, moves or deletes mails if the UIDs still mean what they meant. */
  finish(uidValidity: string, uids: readonly number[], signal: AbortSignal): Promise<Settled>
  /** Resolves when there may be something new since it was opened, or on abort. */
  news(signal: AbortSignal): Promise<void>
  close(): void
}

export interface Settled {
  /** Nothing is to be done about these any more. */
  readonly done: readonly number[]
  /** MAIL_IMAP_STUCK: why something is still to be done about the others. */
  readonly stuck: BotError | null
}

interface Session {
  readonly client: ImapFlow
  readonly connectedAtMs: number
  readonly uidValidity: string
  hasNews: boolean
  /** Told when there is news, or the connection is over. */
  onChange: () => void
}

/** A connection that ends sooner is a failure to wait after; one that ends later is simply made again. */
const soundAfterMs = 60_000

export function imapFolder(
  name: string,
  place: SourcePlace,
  server: ImapServer,
  afterImport: AfterImport,
): ImapFolder {
  const isOnlyRead = afterImport.kind === 'keep'
  let session: Session | null = null

  function disconnected(error: unknown): BotError {
    const message = `the connection to ${place.path} was lost: ${saidBy(error)}`
    return imapFault('MAIL_IMAP_DISCONNECTED', message, place, 'later', { folder: name })
  }

  async function select(client: ImapFlow): Promise<string> {
    try {
      const { uidValidity } = await client.mailboxOpen(name, { readOnly: isOnlyRead })
      return String(uidValidity)
    } catch (error) {
      if (client.usable && isAnswer(error)) {
        const message = `${place.path} does not open the folder ${name}: ${saidBy(error)}`
        throw imapFault('MAIL_IMAP_FOLDER_MISSING', message, place, 'later', { folder: name })
      }
      throw disconnected(error)
    }
  }

  async function connect(signal: AbortSignal): Promise<Session> {
    const { client } = await connectImap(place, server, signal)
    try {
      const made: Session = {
        client,
        connectedAtMs: performance.now(),
        uidValidity: await select(client),
        hasNews: false,
        onChange: () => {},
      }
      client.on('exists', ({ count, prevCount }) => {
        if (count > prevCount) {
          made.hasNews = true
          made.onChange()
        }
      })
      client.on('close', () => made.onChange())
      session = made
      return made
    } catch (error) {
      client.close()
      throw error
    }
  }

  /** The connection to go on with; a new one when it was lost and the UIDs mean the same. */
  async function resume(signal: AbortSignal): Promise<ImapFlow> {
    if (session?.client.usable === true) {
      return session.client
    }
    const before = session?.uidValidity
    const made = await connect(signal)
    if (before !== undefined && before !== made.uidValidity) {
      throw disconnected(new Error('its UIDVALIDITY changed meanwhile'))
    }
    return made.client
  }

  return {
    name,
    async open(signal) {
      if (session?.client.usable !== true) {
        session = null
        return (await connect(signal)).uidValidity
      }
      const { client, connectedAtMs } = session
      session.hasNews = false
      const uidValidity = await select(client)
      if (uidValidity !== session.uidValidity) {
        // A fresh connection, so that nothing that was known of the old folder is left.
        client.close()
        session = null
        return (await connect(signal)).uidValidity
      }
      session = Object.assign(session, { connectedAtMs })
      return uidValidity
    },
    async *read(again, last, signal) {
      const ask = { resume: () => resume(signal), disconnected, signal }
      if (again.length > 0) {
        yield* fetchMails(again, ask)
      }
      for await (const uids of uidsAfter(last, ask)) {
        yield* fetchMails(uids, ask)
      }
    },
    async finish(uidValidity, uids, signal) {
      if (isOnlyRead || uids.length === 0) {
        return { done: uids, stuck: null }
      }
      const client = await resume(signal)
      if (session?.uidValidity !== uidValidity) {
        return { done: uids, stuck: null }
      }
      const { done, problem } = await finishMails(client, uids, afterImport).catch(
        (error: unknown) => {
          throw disconnected(error)
        },
      )
      if (problem === null) {
        return { done, stuck: null }
      }
      if (!client.usable) {
        throw disconnected(new Error(problem))
      }
      const message = `mail in ${name} of ${place.path} ${problem}`
      const stuck = imapFault('MAIL_IMAP_STUCK', message, place, 'later', { folder: name })
      return { done, stuck }
    },
    async news(signal) {
      const current = session
      if (current === null) {
        await new Promise<void>((resolve) => whenAborted(signal, resolve))
        return
      }
      const { client } = current
      const changed = new Promise<void>((resolve) => {
        current.onChange = resolve
        whenAborted(signal, resolve)
      })
      // Ends an IDLE that is still under way, and brings what was not announced.
      await client.noop().catch(() => {})
      if (client.usable && !current.hasNews && !signal.aborted) {
        if (client.capabilities.has('IDLE')) {
          client.idle().catch(() => {})
        }
        await changed
      }
      current.onChange = () => {}
      const ageMs = performance.now() - current.connectedAtMs
      if (!client.usable && !signal.aborted && ageMs < soundAfterMs) {
        throw disconnected(new Error('closed'))
      }
    },
    close() {
      session?.client.close()
    },
  }
}

function whenAborted(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) {
    then()
  } else {
    signal.addEventListener('abort', then, { once: true })
  }
}

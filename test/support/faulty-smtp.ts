import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'

/** Every stage of a dialogue, in order. `end`: the mail is whole and not taken yet; `taken`: it is, and no answer was given. */
export const connectionStages = ['connect', 'ehlo', 'starttls', 'auth'] as const
export const mailStages = ['mail', 'rcpt', 'data', 'body', 'end', 'taken'] as const
export type Stage = (typeof connectionStages)[number] | (typeof mailStages)[number]

export type Trouble = 'drop' | 'stall' | '4xx' | '5xx' | 'kill'

export interface Fault {
  readonly stage: Stage
  readonly trouble: Trouble
}

/** All that can go wrong at these stages. In the middle of a body no reply is given, and a mail that was taken is not refused. */
export function faultsOf(stages: readonly Stage[]): readonly Fault[] {
  return stages.flatMap((stage) =>
    (['drop', 'stall', '4xx', '5xx', 'kill'] as const)
      .filter((trouble) => /x/.test(trouble) === false || (stage !== 'body' && stage !== 'taken'))
      .map((trouble) => ({ stage, trouble })),
  )
}

/** What smtp-server keeps of a connection, as far as faults need it. */
interface Connection {
  readonly session: SMTPServerSession
  readonly _socket: Socket
  send(code: number, text: string): void
  [handler: `handler_${string}`]: (command: unknown, done: () => void) => void
}

export interface FaultySmtp {
  readonly port: number
  /** Message-ID -> every copy that was taken, in the order it was. */
  readonly accepted: ReadonlyMap<string, readonly Buffer[]>
  close(): Promise<void>
}

export interface FaultPlan {
  /** Asked at each connection, and at each mail; null for none. */
  next(of: 'connection' | 'mail'): Fault | null
  /** The fault happens now. With `kill` whoever sends has to die before this returns. */
  hit(fault: Fault): void
}

function refusal(trouble: '4xx' | '5xx'): Error {
  const responseCode = trouble === '4xx' ? 451 : 554
  return Object.assign(new Error('a fault that was asked for'), { responseCode })
}

/**
 * A mail server with STARTTLS and login (`bot`, `secret`) that takes every mail but for the faults of `plan`. It keeps
 * what it took before it answers, as servers do.
 */
export async function openFaultySmtp(plan: FaultPlan): Promise<FaultySmtp> {
  const accepted = new Map<string, Buffer[]>()
  const faults = new WeakMap<object, Partial<Record<'connection' | 'mail', Fault | null>>>()

  function connectionOf(session: SMTPServerSession): Connection {
    const all = server.connections as unknown as Iterable<Connection>
    for (const connection of all) {
      if (connection.session === session) {
        return connection
      }
    }
    throw new TypeError('a session without connection')
  }

  /** Whether the stage goes on; else what was asked for has happened. */
  function pass(
    connection: Connection,
    stage: Stage,
    refuse: (error: Error & { responseCode?: number }) => void,
  ): boolean {
    const planned = faults.get(connection)
    const fault = [planned?.connection, planned?.mail].find((one) => one?.stage === stage)
    if (fault === null || fault === undefined) {
      return true
    }
    plan.hit(fault)
    switch (fault.trouble) {
      case 'kill':
        return true
      case 'drop':
        connection._socket.destroy()
        return false
      case 'stall':
        return false
      case '4xx':
      case '5xx':
        refuse(refusal(fault.trouble))
        return false
    }
  }

  function guard(connection: Connection, verb: string, stage: Stage): void {
    const original = connection[`handler_${verb}`]
    connection[`handler_${verb}`] = (command, done) => {
      if (
        pass(connection, stage, (error) => {
          connection.send(error.responseCode ?? 451, error.message)
          done()
        })
      ) {
        original?.call(connection, command, done)
      }
    }
  }

  /** Rejects when the body breaks off: then nothing was taken. */
  async function take(
    stream: SMTPServerDataStream,
    connection: Connection,
    done: (error?: Error | null) => void,
  ): Promise<void> {
    const bytes = await buffer(stream)
    if (connection._socket.destroyed || !pass(connection, 'end', done)) {
      return
    }
    const id = /^Message-ID: <(?<id>[^>]*)>/im.exec(bytes.toString())?.groups?.['id'] ?? ''
    accepted.set(id, [...(accepted.get(id) ?? []), bytes])
    if (pass(connection, 'taken', done)) {
      done()
    }
  }

  const server = new SMTPServer({
    disableReverseLookup: true,
    logger: false,
    onConnect(session, done) {
      const connection = connectionOf(session)
      faults.set(connection, { connection: plan.next('connection') })
      guard(connection, 'EHLO', 'ehlo')
      guard(connection, 'STARTTLS', 'starttls')
      guard(connection, 'DATA', 'data')
      if (pass(connection, 'connect', done)) {
        done()
      }
    },
    onAuth({ username, password }, session, done) {
      if (pass(connectionOf(session), 'auth', done)) {
        const isRight = username === 'bot' && password === 'secret'
        done(isRight ? null : new Error('no'), isRight ? { user: 'bot' } : undefined)
      }
    },
    onMailFrom(_address, session, done) {
      const connection = connectionOf(session)
      faults.set(connection, { ...faults.get(connection), mail: plan.next('mail') })
      if (pass(connection, 'mail', done)) {
        done()
      }
    },
    onRcptTo(_address, session, done) {
      if (pass(connectionOf(session), 'rcpt', done)) {
        done()
      }
    },
    onData(stream, session, done) {
      const connection = connectionOf(session)
      stream.once('data', () => pass(connection, 'body', done))
      void take(stream, connection, done).catch(() => undefined)
    },
  })
  server.on('error', () => undefined)
  const listener = server.listen(0, '127.0.0.1')
  const sockets = new Set<Socket>()
  listener.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  })
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    accepted,
    close() {
      for (const socket of sockets) {
        socket.destroy()
      }
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

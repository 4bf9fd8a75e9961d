import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { ActResult } from '../ports.ts'

/** One login. Kept in memory: a restart logs everybody out. */
export interface Session {
  /** Name of the token that was used. */
  readonly name: string
  /** Has to come with every form of this session. */
  readonly csrf: string
}

export interface Sessions {
  /** Returns the secret for the cookie. */
  open(name: string): { readonly id: string; readonly session: Session }
  find(id: string): Session | null
  close(id: string): void
  /** Leaves what came of an act for the next page of this session. */
  leaveNote(id: string, note: ActResult): void
  takeNote(id: string): ActResult | null
}

export interface SessionOptions {
  readonly clock: Clock
  /** Ends this long after the last request. */
  readonly idleMs: number
  /** Ends this long after the login, whatever happens. */
  readonly lifetimeMs: number
}

interface Entry {
  readonly session: Session
  readonly openedAt: number
  seenAt: number
  note: ActResult | null
}

/** More logins than a team has; the oldest ends when there are more. */
const maxSessions = 1000

function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}

export function createSessions({ clock, idleMs, lifetimeMs }: SessionOptions): Sessions {
  const entries = new Map<string, Entry>()

  function live(id: string): Entry | null {
    const entry = entries.get(id)
    if (entry === undefined) {
      return null
    }
    const now = clock().getTime()
    if (now - entry.seenAt >= idleMs || now - entry.openedAt >= lifetimeMs) {
      entries.delete(id)
      return null
    }
    entry.seenAt = now
    return entry
  }

  return {
    open(name) {
      const id = randomSecret()
      const now = clock().getTime()
      const session = { name, csrf: randomSecret() }
      const [oldest] = entries.keys()
      if (entries.size >= maxSessions && oldest !== undefined) {
        entries.delete(oldest)
      }
      entries.set(id, { session, openedAt: now, seenAt: now, note: null })
      return { id, session }
    },
    find: (id) => live(id)?.session ?? null,
    close(id) {
      entries.delete(id)
    },
    leaveNote(id, note) {
      const entry = live(id)
      if (entry !== null) {
        entry.note = note
      }
    },
    takeNote(id) {
      const entry = live(id)
      const note = entry?.note ?? null
      if (entry !== null) {
        entry.note = null
      }
      return note
    },
  }
}

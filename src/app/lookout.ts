import type { SourceReading } from '../flow/watch/watch-look.ts'

/** How the reading of the sources goes. */
export interface Lookout {
  /** A whole reading of this source began at `since` and is over, its mails taken. */
  noteRead(source: string, since: Date): void
  /** Reading it has failed. */
  noteFailure(source: string): void
  /** What any source held at this time has been taken; null before each was read once. */
  readUntil(): Date | null
  readings(): readonly SourceReading[]
}

/** Remembers it for these sources, for as long as the process lives: one that begins anew has to read them again. */
export function createLookout(sources: readonly string[], clock: () => Date): Lookout {
  const read = new Map<string, Date>()
  const failing = new Map<string, Date>()
  return {
    noteRead(source, since) {
      read.set(source, since)
      failing.delete(source)
    },
    noteFailure(source) {
      failing.set(source, failing.get(source) ?? clock())
    },
    readUntil() {
      const times = sources.map((source) => read.get(source)?.getTime() ?? null)
      return times.includes(null)
        ? null
        : new Date(Math.min(clock().getTime(), ...times.filter((time) => time !== null)))
    },
    readings: () =>
      sources.map((name) => ({
        name,
        readAt: read.get(name) ?? null,
        failingSince: failing.get(name) ?? null,
      })),
  }
}

/** Until when the sources have been read. */
export interface Lookout {
  /** A whole reading of this source began at `since` and is over, its mails taken. */
  noteRead(source: string, since: Date): void
  /** What any source held at this time has been taken; null before each was read once. */
  readUntil(): Date | null
}

/** Remembers it for these sources, for as long as the process lives: one that begins anew has to read them again. */
export function createLookout(sources: readonly string[], clock: () => Date): Lookout {
  const read = new Map<string, Date>()
  return {
    noteRead: (source, since) => void read.set(source, since),
    readUntil() {
      const times = sources.map((source) => read.get(source)?.getTime() ?? null)
      return times.includes(null)
        ? null
        : new Date(Math.min(clock().getTime(), ...times.filter((time) => time !== null)))
    },
  }
}

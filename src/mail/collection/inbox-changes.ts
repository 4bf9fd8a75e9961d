import { type BlobReader, gitLines, openBlobReader } from './git-process.ts'

/** What one commit of a public-inbox repository does to one file. */
export interface Change {
  readonly commit: string
  readonly path: string
  /** Blob names; zeros where there is none. */
  readonly before: string
  readonly after: string
}

export const noBlob: RegExp = /^0+$/

const rawLine = /^:\d+ \d+ (?<before>[0-9a-f]+) (?<after>[0-9a-f]+) [A-Z]\d*\t(?<path>.*)$/

/** So many blobs are asked for at once. */
const groupSize = 64

/** The changes of the commits that `git log` with `args` shows, in its order. Throws MAIL_GIT_FAILED. */
export async function* readChanges(
  gitDir: string,
  args: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Change> {
  const flags = ['log', '--raw', '--no-renames', '--no-abbrev', '--format=%H']
  let commit = ''
  for await (const line of gitLines(gitDir, [...flags, ...args], signal)) {
    const change = rawLine.exec(line)?.groups
    if (change !== undefined) {
      const { before = '', after = '', path: name = '' } = change
      yield { commit, path: name, before, after }
    } else if (line !== '') {
      commit = line
    }
  }
}

/**
 * What the changes brought, in their order, one at a time in memory; null where that is not in the repository or no
 * blob, and cut off after `maxBytes`. Throws MAIL_GIT_FAILED.
 */
export async function* readBlobs(
  gitDir: string,
  changes: AsyncIterable<Change>,
  maxBytes: number,
  signal: AbortSignal,
): AsyncGenerator<{ readonly change: Change; readonly raw: Uint8Array | null }> {
  let blobs: BlobReader | null = null
  try {
    for await (const group of inGroups(changes, groupSize)) {
      blobs ??= openBlobReader(gitDir, maxBytes, signal)
      blobs.ask(group.map((change) => change.after))
      for (const change of group) {
        yield { change, raw: await blobs.next() }
      }
    }
  } finally {
    await blobs?.close()
  }
}

async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let group: T[] = []
  for await (const item of items) {
    group.push(item)
    if (group.length === size) {
      yield group
      group = []
    }
  }
  if (group.length > 0) {
    yield group
  }
}

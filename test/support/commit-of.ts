import type { NewCommit } from '../../src/git/object-store.ts'

/** A commit with one file `m`, told apart by its text. */
export function commitOf(text: string, change: Partial<NewCommit> = {}): NewCommit {
  return {
    files: { m: Buffer.from(text) },
    author: { name: 'Ada Author', address: 'ada@example.org' },
    authoredAt: new Date('2024-02-03T04:05:06Z'),
    committedAt: new Date('2024-02-03T04:05:07Z'),
    message: `${text}\n`,
    ...change,
  }
}

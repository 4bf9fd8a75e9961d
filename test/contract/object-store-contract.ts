import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { toSha } from '../../src/core/ids.ts'
import type { ObjectStore, OpenObjectStore, StoredCommit } from '../../src/git/object-store.ts'
import { commitOf } from '../support/commit-of.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const { signal } = new AbortController()

async function all(commits: AsyncIterable<StoredCommit>): Promise<readonly StoredCommit[]> {
  const found: StoredCommit[] = []
  for await (const commit of commits) {
    found.push(commit)
  }
  return found
}

async function messages(store: ObjectStore, branch: string): Promise<readonly string[]> {
  return (await all(store.log(branch, null, signal))).map((commit) => commit.message.trim())
}

/** What every ObjectStore must do. `open` is called several times on one folder. */
export function describeObjectStoreContract(name: string, open: OpenObjectStore): void {
  describe(`${name} keeps the object store contract`, () => {
    async function openIn(directory: string): Promise<ObjectStore> {
      const store = await open(directory)
      onTestFinished(() => store.close())
      return store
    }
    async function openNew(): Promise<ObjectStore> {
      return openIn(path.join(temporaryFolder(), 'new', 'store.git'))
    }

    it('has no tip and no history at first', async () => {
      const store = await openNew()

      expect(await store.tip('main')).toBeNull()
      expect(await all(store.log('main', null, signal))).toEqual([])
    })

    it('appends commits one after the other and gives them back oldest first', async () => {
      const store = await openNew()
      const first = await store.append('main', [commitOf('1'), commitOf('2')], signal)
      const second = await store.append('main', [commitOf('3')], signal)

      expect(first.before).toBeNull()
      expect(second.before).toBe(first.commits.at(-1)?.sha)
      expect(await store.tip('main')).toBe(second.commits[0]?.sha)
      expect(await all(store.log('main', null, signal))).toEqual([
        ...first.commits,
        ...second.commits,
      ])
    })

    it('tells dates in whole seconds, files and message as they are kept', async () => {
      const store = await openNew()
      const { commits } = await store.append(
        'main',
        [commitOf('x', { committedAt: new Date('2024-02-03T04:05:07.890Z'), message: 'no end' })],
        signal,
      )

      expect(commits).toMatchObject([
        {
          files: { m: store.blobOf(Buffer.from('x')) },
          authoredAt: new Date('2024-02-03T04:05:06Z'),
          committedAt: new Date('2024-02-03T04:05:07Z'),
          message: 'no end\n',
        },
      ])
      expect(await all(store.log('main', null, signal))).toEqual(commits)
    })

    it('reads on after a commit', async () => {
      const store = await openNew()
      const { commits } = await store.append(
        'main',
        ['1', '2', '3'].map((each) => commitOf(each)),
        signal,
      )
      const since = commits[0]?.sha ?? null
      const tip = await store.tip('main')

      expect(await all(store.log('main', since, signal))).toEqual(commits.slice(1))
      expect(await all(store.log('main', tip, signal))).toEqual([])
    })

    it('keeps branches apart', async () => {
      const store = await openNew()
      await store.append('sent', [commitOf('a')], signal)
      await store.append('decisions', [commitOf('b')], signal)

      expect(await messages(store, 'sent')).toEqual(['a'])
      expect(await messages(store, 'decisions')).toEqual(['b'])
    })

    it('does nothing when given nothing', async () => {
      const store = await openNew()
      const { commits } = await store.append('main', [commitOf('1')], signal)

      expect(await store.append('main', [], signal)).toEqual({
        before: commits[0]?.sha,
        commits: [],
      })
    })

    it('keeps the same content twice when it is appended twice', async () => {
      const store = await openNew()
      await store.append('main', [commitOf('same'), commitOf('same')], signal)
      await store.append('main', [commitOf('same')], signal)

      expect(await messages(store, 'main')).toEqual(['same', 'same', 'same'])
    })

    it('gives back any bytes, in the order asked for', async () => {
      const store = await openNew()
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 }),
          async (contents) => {
            const commits = contents.map((m) => commitOf('bytes', { files: { m } }))
            await store.append('bytes', commits, signal)
            const wanted = [...contents, ...contents].toReversed()
            const read = await store.blobs(
              wanted.map((each) => store.blobOf(each)),
              signal,
            )
            expect(read.map((each) => Buffer.from(each))).toEqual(
              wanted.map((each) => Buffer.from(each)),
            )
          },
        ),
        { numRuns: 30 },
      )
    })

    it('gives back 5 MB', async () => {
      const store = await openNew()
      const m = Buffer.alloc(
        5_000_000,
        'A long mail with NUL \0 and 8-bit \xff bytes.\r\n',
        'latin1',
      )
      await store.append('main', [commitOf('large', { files: { m } })], signal)

      const [read] = await store.blobs([store.blobOf(m)], signal)
      expect(Buffer.compare(read ?? Buffer.alloc(0), m)).toBe(0)
    })

    it('names a missing blob, and reads on afterwards', async () => {
      const store = await openNew()
      const { commits } = await store.append('main', [commitOf('here')], signal)
      const here = store.blobOf(Buffer.from('here'))
      const absent = store.blobOf(Buffer.from('absent'))
      const noBlob = commits[0]?.sha ?? absent

      await expect(store.blobs([here, absent, here], signal)).rejects.toMatchObject({
        code: 'GIT_OBJECT_MISSING',
        message: expect.stringContaining(absent),
      })
      await expect(store.blobs([noBlob], signal)).rejects.toMatchObject({
        code: 'GIT_OBJECT_MISSING',
      })
      expect(await store.blobs([here], signal)).toHaveLength(1)
    })

    it('says when the history no longer holds what was read', async () => {
      const store = await openNew()
      await store.append('main', [commitOf('1')], signal)
      const other = await store.append('other', [commitOf('2')], signal)
      const elsewhere = other.commits[0]?.sha ?? null
      const unknown = toSha('1'.repeat(40))

      for (const [branch, since] of [
        ['main', elsewhere],
        ['main', unknown],
        ['none', elsewhere],
      ] as const) {
        await expect(all(store.log(branch, since, signal))).rejects.toMatchObject({
          code: 'GIT_HISTORY_REWRITTEN',
        })
      }
    })

    it.each([
      ['a name of delimiters', { author: { name: '<>\n<a@b>\0', address: 'x@y\n> 1 +0000' } }],
      ['no name and no address', { author: { name: '', address: '' } }],
      ['a message with NUL and half a character', { message: 'a\0b\ud800' }],
      ['an empty message', { message: '' }],
      ['a date before 1970', { authoredAt: new Date(-1e12) }],
      ['an invalid date', { authoredAt: new Date(Number.NaN) }],
      ['a date in year 9999', { authoredAt: new Date('9999-12-31T23:59:59Z') }],
      ['no files', { files: {} }],
    ])('takes %s', async (_, change) => {
      const store = await openNew()
      const { commits } = await store.append('main', [commitOf('hostile', change)], signal)

      expect(await all(store.log('main', null, signal))).toEqual(commits)
    })

    it.each(['', '.', '..', '.git', 'a/b', 'a\0b'])('refuses the file name %j', async (file) => {
      const store = await openNew()
      const commit = commitOf('x', { files: { [file]: Buffer.from('x') } })

      await expect(store.append('main', [commit], signal)).rejects.toThrow(TypeError)
      expect(await store.tip('main')).toBeNull()
    })

    it('loses nothing when two append at once', async () => {
      const directory = path.join(temporaryFolder(), 'store.git')
      const stores = await Promise.all([openIn(directory), openIn(directory)])
      const texts = Array.from({ length: 30 }, (_, index) => String(index))
      const results = await Promise.all(
        texts.map((text, index) =>
          (stores[index % 2] ?? stores[0]).append('main', [commitOf(text)], signal),
        ),
      )

      const log = await all(stores[0].log('main', null, signal))
      expect(log.map((each) => each.message.trim()).toSorted()).toEqual(texts.toSorted())
      for (const { before, commits } of results) {
        const at = log.findIndex((each) => each.sha === commits[0]?.sha)
        expect(at === 0 ? null : log[at - 1]?.sha).toBe(before)
      }
    })

    it('appends nothing when it is told to stop', async () => {
      const store = await openNew()

      await expect(
        store.append('main', [commitOf('1')], AbortSignal.abort(new Error('stopped'))),
      ).rejects.toThrow('stopped')
      expect(await store.tip('main')).toBeNull()
    })

    it('stops a log that nobody reads to its end', async () => {
      const store = await openNew()
      await store.append(
        'main',
        ['1', '2', '3'].map((each) => commitOf(each)),
        signal,
      )
      for await (const commit of store.log('main', null, signal)) {
        expect(commit.message).toBe('1\n')
        break
      }

      expect(await messages(store, 'main')).toEqual(['1', '2', '3'])
    })

    it('takes nothing more on a sealed branch, in any process', async () => {
      const directory = path.join(temporaryFolder(), 'store.git')
      const [store, other] = await Promise.all([openIn(directory), openIn(directory)])
      await store.append('main', [commitOf('1')], signal)
      await store.seal('main', signal)
      await store.seal('main', signal)

      await expect(other.append('main', [commitOf('2')], signal)).rejects.toMatchObject({
        code: 'GIT_BRANCH_SEALED',
      })
      expect(await messages(other, 'main')).toEqual(['1'])
      await other.append('next', [commitOf('3')], signal)
    })

    it('finds everything again when opened another time', async () => {
      const directory = path.join(temporaryFolder(), 'store.git')
      const store = await openIn(directory)
      const { commits } = await store.append('main', [commitOf('1')], signal)
      await store.close()

      const again = await openIn(directory)
      expect(await all(again.log('main', null, signal))).toEqual(commits)
      expect(await again.size()).toBeGreaterThan(0)
    })

    it('loses nothing while it is maintained', async () => {
      const store = await openNew()
      const texts = Array.from({ length: 40 }, (_, index) => String(index))
      const [first] = await Promise.all([
        (async () => {
          for (const text of texts) {
            await store.append('main', [commitOf(text)], signal)
          }
        })(),
        (async () => {
          for (let round = 0; round < 5; round += 1) {
            await store.maintain(signal)
          }
        })(),
      ])

      expect(first).toBeUndefined()
      await store.maintain(signal)
      expect(await messages(store, 'main')).toEqual(texts)
      const blobs = await store.blobs(
        texts.map((text) => store.blobOf(Buffer.from(text))),
        signal,
      )
      expect(blobs.map((each) => Buffer.from(each).toString())).toEqual(texts)
    })
  })
}

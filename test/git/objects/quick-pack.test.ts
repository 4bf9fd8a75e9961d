import { readdirSync } from 'node:fs'
import path from 'node:path'
import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GitObject, toObject } from '../../../src/git/objects/object-encoding.ts'
import { buildQuickPack } from '../../../src/git/objects/quick-pack.ts'
import { storePack } from '../../../src/git/objects/store-pack.ts'
import { storedLength, writeStored } from '../../../src/git/objects/zlib-stored.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

/** Each a change of the one before: a part in the middle is replaced by another. */
function versions(
  steps: readonly { at: number; removed: number; added: Uint8Array }[],
): GitObject[] {
  const objects: GitObject[] = []
  let content: Buffer = Buffer.alloc(9000, 'a line of a file\n')
  for (const { at, removed, added } of steps) {
    const basis = objects.at(-1)?.sha ?? null
    const start = Math.floor(at * content.length)
    content = Buffer.concat([content.subarray(0, start), added, content.subarray(start + removed)])
    objects.push(toObject('blob', content, basis))
  }
  return objects
}

const step = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat(700),
  added: fc.uint8Array({ maxLength: 700 }),
})

describe('a pack that is written quickly', () => {
  let repo: TestRepo
  beforeEach(() => {
    repo = makeTestRepo()
  })
  afterEach(() => repo.remove())

  async function land(objects: readonly GitObject[]): Promise<string> {
    const objectsDir = path.join(repo.gitDir, 'objects')
    return storePack({ objectsDir, incomingDir: path.join(objectsDir, 'pack') }, objects, true)
  }

  it('holds for git what was put into it, whatever changed from version to version', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        const objects = versions(steps)
        const name = await land(objects)

        const index = path.join(repo.gitDir, 'objects/pack', `pack-${name}.idx`)
        const verified = repo.git('verify-pack', '-v', index).split('\n')
        const names = [...new Set(objects.map(({ sha }) => sha))].toSorted()
        const sizes = repo
          .git('cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objectsize)')
          .split('\n')
        for (const { sha, content } of objects) {
          expect(sizes).toContain(`${sha} ${content.length}`)
        }
        const found = verified.flatMap((line) => /^[0-9a-f]{40}(?= )/.exec(line) ?? [])
        expect(found.toSorted()).toEqual(names)
      }),
      { numRuns: Number(process.env['PATCHFERRY_FUZZ'] ?? 15) },
    )
  })

  it('may hold a single object', async () => {
    const { sha } = toObject('blob', Buffer.alloc(9000, 'line\n'))
    await land([toObject('blob', Buffer.alloc(9000, 'line\n'))])

    expect(repo.git('cat-file', '-s', sha)).toBe('9000')
  })

  it('keeps but the difference of what is much like what came before', () => {
    const content = Buffer.alloc(100_000, 'many lines of a long file\n')
    const first = toObject('blob', content)
    const second = toObject('blob', Buffer.concat([content, Buffer.from('end\n')]), first.sha)
    const [pieces] = buildQuickPack([first, second]).pieces

    expect(pieces?.length).toBeLessThan(content.length + 200)
  })

  it('is readable for long rows of versions and for contents of many blocks', async () => {
    const rows = versions(
      Array.from({ length: 200 }, (_, index) => ({
        at: index / 200,
        removed: 3,
        added: Buffer.from(`${index}`),
      })),
    )
    const large = toObject('blob', Buffer.alloc(300_000, 'x'))
    await land([...rows, large])

    expect(repo.git('cat-file', '-p', rows.at(-1)?.sha ?? '')).toBe(
      Buffer.from(rows.at(-1)?.content ?? []).toString(),
    )
    expect(repo.git('cat-file', '-s', large.sha)).toBe('300000')
    expect(readdirSync(path.join(repo.gitDir, 'objects/pack'))).toHaveLength(2)
    expect(repo.git('fsck', '--strict')).not.toContain('error')
  })
})

describe('a zlib stream that is not compressed', () => {
  it.each([0, 1, 7, 8, 3799, 3800, 3801, 65_534, 65_535, 65_536, 131_070, 400_001])(
    'is read by zlib for %i bytes',
    (size) => {
      for (const content of [Buffer.alloc(size, 0xff), Buffer.alloc(size, 'some text')]) {
        const target = Buffer.alloc(storedLength(size))

        expect(writeStored(target, 0, content)).toBe(target.length)
        expect(inflateSync(target).equals(content)).toBe(true)
      }
    },
  )
})

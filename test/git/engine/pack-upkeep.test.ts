import { readdirSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPackUpkeep } from '../../../src/git/engine/pack-upkeep.ts'
import { toObject } from '../../../src/git/objects/object-encoding.ts'
import { storePack } from '../../../src/git/objects/store-pack.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

describe('packs of a repository', () => {
  let repo: TestRepo
  let objectsDir: string
  beforeEach(() => {
    repo = makeTestRepo()
    objectsDir = path.join(repo.gitDir, 'objects')
  })
  afterEach(() => repo.remove())

  function packs(): readonly string[] {
    return readdirSync(path.join(objectsDir, 'pack')).filter((name) => name.endsWith('.pack'))
  }
  async function land(text: string): Promise<{ readonly name: string; readonly sha: string }> {
    const blob = toObject('blob', Buffer.from(text))
    const incomingDir = path.join(objectsDir, 'pack')
    return { name: await storePack({ objectsDir, incomingDir }, [blob]), sha: blob.sha }
  }

  it('of somebody else: those landed here become one at the end, the others stay', async () => {
    const theirs = await land('theirs')
    const upkeep = createPackUpkeep({ objectsDir, isOurs: false, durable: { gitDir: repo.gitDir } })
    const shas: string[] = []
    for (let count = 0; count < 80; count += 1) {
      const { name, sha } = await land(`ours ${count}`)
      shas.push(sha)
      upkeep.landed(name)
    }
    await upkeep.close()

    expect(packs()).toHaveLength(2)
    expect(packs()).toContain(`pack-${theirs.name}.pack`)
    expect(shas.every((sha) => repo.git('cat-file', '-t', sha) === 'blob')).toBe(true)
    expect(repo.git('fsck', '--strict')).not.toContain('missing')
  })

  it('of ours: many small ones become few', async () => {
    const upkeep = createPackUpkeep({ objectsDir, isOurs: true, durable: { gitDir: repo.gitDir } })
    const shas: string[] = []
    for (let count = 0; count < 80; count += 1) {
      const { name, sha } = await land(`ours ${count}`)
      shas.push(sha)
      upkeep.landed(name)
    }
    await upkeep.close()

    expect(packs().length).toBeLessThan(20)
    expect(shas.every((sha) => repo.git('cat-file', '-t', sha) === 'blob')).toBe(true)
  })
})

import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RefName, Sha, TopicId } from '../../../src/core/ids.ts'
import { renderSeriesTag } from '../../../src/core/series/series-tag.ts'
import type { ProjectPorts } from '../../../src/flow/ports.ts'
import { bringBackRefs } from '../../../src/flow/publish/bring-back-refs.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { createRepository } from '../../../src/git/engine/repository.ts'
import type { GitEngine } from '../../../src/git/git-engine.ts'
import { sampleApplication, sampleTopic, sampleTopicId } from '../../store/samples.ts'
import { type FlowBench, openFlowBench } from '../../support/flow-bench.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const begun = new Date('2026-01-01T12:00:00Z')

function minutesLater(minutes: number): Date {
  return new Date(begun.getTime() + minutes * 60_000)
}

let bench: FlowBench
let upstream: TestRepo
let git: GitEngine
let mirrors = 0
let heads: ProjectPorts['heads']

/** The mirror is made anew, with nothing in it. */
async function makeMirror(): Promise<void> {
  mirrors += 1
  const directory = path.join(temporaryFolder(), `mirror-${mirrors}.git`)
  await createRepository(directory)
  heads = { url: directory, authorize: async () => null } as ProjectPorts['heads']
}

beforeEach(async () => {
  bench = await openFlowBench()
  upstream = makeTestRepo()
  const directory = path.join(temporaryFolder(), 'own.git')
  await createRepository(directory)
  git = await openGitEngine(directory)
  await makeMirror()
})
afterEach(async () => {
  await git.close()
  upstream.remove()
  await bench.close()
})

/** A topic of one version is on the mirror since then. */
async function publish(name: string, minutes: number): Promise<RefName> {
  const at = minutesLater(minutes)
  const topic: TopicId = sampleTopicId(name)
  const head: Sha = upstream.commit({ files: { [name]: name } })
  const main = 'refs/heads/main' as RefName
  const from = { url: upstream.gitDir, authorize: async () => null } as ProjectPorts['heads']
  await git.fetch(from, [{ from: main, to: main }], signal)
  const record = sampleApplication(topic, { at, publishedAt: at })
  const seriesRef = `refs/series/${topic}/v1-1` as RefName
  const message = renderSeriesTag({
    ...record,
    name,
    cover: null,
    head,
    tree: head,
    commits: [],
    trust: 'clear',
    gitVersion: 'test',
  })
  const tag = { name: seriesRef, target: head, tagger: bench.ports.bot, taggedAt: at, message }
  const target = await git.writeTag(tag)
  await git.updateRefs([{ ref: seriesRef, target }])
  await git.push(heads, [{ ref: seriesRef, target, expected: null }], signal)
  await bench.ports.store.transaction(async (tx) => {
    await tx.saveTopic(sampleTopic(topic, { updatedAt: at }))
    await tx.saveApplication({ ...record, n: 1, seriesRef })
  })
  return seriesRef
}

async function bringBack(lookedAt: Date | null): Promise<number> {
  const project = { project: { name: 'pump' }, git, heads } as unknown as ProjectPorts
  return bringBackRefs(project, lookedAt, bench.ports, signal)
}

it('fills a mirror that was made anew, though what had waited for it was there first', async () => {
  const refs = [await publish('one', 0), await publish('two', 1), await publish('three', 2)]
  expect(await bringBack(null)).toBe(0)
  await makeMirror()
  const waited = [
    await publish('four', 30),
    await publish('five', 31),
    await publish('six', 32),
    await publish('seven', 33),
    await publish('eight', 34),
  ]

  expect(await bringBack(minutesLater(10))).toBe(3)
  const there = await git.remoteRefs(heads, ['refs/series/'], signal)
  expect([...there.keys()].toSorted()).toEqual([...refs, ...waited].toSorted())
  expect(await bringBack(minutesLater(40))).toBe(0)
})

it('fills a mirror that was lost before we had looked at what it held', async () => {
  const refs = [await publish('one', 1), await publish('two', 2), await publish('three', 3)]
  await makeMirror()
  const waited = await publish('four', 4)
  bench.now = minutesLater(5)

  expect(await bringBack(begun)).toBe(3)
  const there = await git.remoteRefs(heads, ['refs/series/'], signal)
  expect([...there.keys()].toSorted()).toEqual([...refs, waited].toSorted())
})

it('leaves alone what a person has deleted', async () => {
  await publish('one', 0)
  await publish('two', 1)
  const deleted = await publish('three', 2)
  const target = (await git.remoteRefs(heads, [deleted], signal)).get(deleted) ?? null
  await git.push(heads, [{ ref: deleted, target: null, expected: target }], signal)

  expect(await bringBack(minutesLater(10))).toBe(0)
})

import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { deliver } from '../../src/app/demo/set-up.ts'
import { arrive, changeConfig, demoWorlds, explained, mailOf, sync } from '../support/demo-world.ts'
import { runHere } from '../support/run-patchferry.ts'

const worlds = demoWorlds()
const usage = 'usage-1@contributor.example'

describe('the policy of reports', () => {
  it('keeps quiet of what its author marked, until it says otherwise', async () => {
    const world = await worlds.fresh()
    const marked = mailOf(world, usage).replace(/^---$/m, 'CI-tag: skip\n---')
    await deliver(world.inbox, '1700000000.marked.test', marked)

    expect(await sync(world)).toEqual([])
    expect(await explained(world, usage)).toEqual([
      'ci-tag: not reported because its author marked it `CI-tag: skip`',
    ])
  })

  it('tells of a success only after something else, where only changes are told', async () => {
    const world = await worlds.fresh()
    await changeConfig(
      world,
      'success: author-and-list',
      'success: author-and-list\n      when: { success: on-change }',
    )
    await arrive(world, usage, 'cheerful-v1-1@contributor.example')
    expect(await sync(world)).toMatchObject([{ kind: 'failure' }])
    expect(await explained(world, usage)).toEqual([
      'on-change: not reported because it is no change: no version before had another outcome',
    ])

    await arrive(world, 'cheerful-v2-1@contributor.example')
    expect((await sync(world)).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['failure', 'success']),
    )
  })

  it('writes to people only once they asked, where it says so', async () => {
    const world = await worlds.fresh()
    await changeConfig(world, 'success: author-and-list', 'success: author\n      consent: opt-in')
    await arrive(world, usage)
    expect(await sync(world)).toEqual([])
    expect(await explained(world, usage)).toEqual([
      'not-opted-in: not reported because the submitter has not asked for reports',
    ])

    const optIn = ['opt-in', 'ada@contributor.example', '--config', world.config]
    expect(await runHere(optIn)).toMatchObject({ exitCode: 0 })
    expect(await runHere(optIn)).toMatchObject({ exitCode: 1 })
    await arrive(world, ...['0', '1', '2', '3'].map((n) => `languages-${n}@contributor.example`))
    expect(await sync(world)).toMatchObject([{ kind: 'success' }])
  }, 20_000)

  it('lets an outcome wait for the digest, in a rebuilt store too', async () => {
    const world = await worlds.fresh()
    await changeConfig(
      world,
      'success: author-and-list',
      'success: author-and-list\n      when: { success: digest }\n      digest: { every: week }',
    )
    await arrive(world, usage)
    expect(await sync(world)).toEqual([])
    const said = await explained(world, usage)
    expect(said).toEqual([
      expect.stringMatching(/^digest: goes into the digest of hello-devel that is due at /),
    ])

    await rm(path.join(world.directory, 'state/store.sqlite'))
    expect(await runHere(['rebuild', '--config', world.config])).toMatchObject({ exitCode: 0 })
    expect(await sync(world)).toEqual([])
    expect(await explained(world, usage)).toHaveLength(1)
  })
})

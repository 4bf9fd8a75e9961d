import { describe, expect, it } from 'vitest'
import { readRefs } from '../../src/app/demo/verify.ts'
import { arriveAll, demoWorlds } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

const worlds = demoWorlds()

describe('patchferry replay --json', () => {
  it('writes down every outward act in order of the mails, and leaves the repository alone', async () => {
    const world = await worlds.fresh()
    await arriveAll(world)
    const repository = `${world.directory}/upstream.git`
    const before = await readRefs(repository)

    const end = await runHere(['replay', '--json', '--inbox', world.inbox, '--repo', repository])

    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    const acts = jsonLines(end.stdout)
    for (const act of acts) {
      expect(Object.keys(act)).toEqual(['at', 'act', 'key', 'target', 'body'])
      expect(act['at']).toMatch(/^2026-01-\d\dT[\d:.]+Z$/)
    }
    const times = acts.map(({ at }) => JSON.stringify(at))
    expect(times).toEqual(times.toSorted((a, b) => a.localeCompare(b)))
    expect(new Set(acts.map(({ key }) => key)).size).toBe(acts.length)
    expect(acts).toContainEqual(
      expect.objectContaining({ act: 'push', target: 'refs/mail/usage-1@contributor.example' }),
    )
    expect(acts.filter(({ act }) => act === 'hold')).toHaveLength(1)
    expect(acts.some(({ act }) => act === 'mail')).toBe(true)
    expect(await readRefs(repository)).toEqual(before)
    expect(
      await runHere(['replay', '--json', '--inbox', world.inbox, '--repo', repository]),
    ).toEqual(end)
  }, 40_000)
})

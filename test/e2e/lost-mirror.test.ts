import { rename, rm } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { readRefs } from '../../src/app/demo/verify.ts'
import { gitText } from '../../src/git/cli/run-git.ts'
import { arrive, demoWorlds, sync } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

const usage = 'usage-1@contributor.example'
const failing = 'cheerful-v1-1@contributor.example'
const mended = 'cheerful-v2-1@contributor.example'
const late = ['nordic-1@contributor.example', 'nordic-2@contributor.example']

const worlds = demoWorlds()

it('a mirror that is gone is waited for; when it is there again, empty, it gets back whole what we hold', async () => {
  const world = await worlds.fresh()
  await arrive(world, usage, failing)
  await sync(world)
  await arrive(world, mended)
  const sent = await sync(world)
  const refs = await readRefs(world.mirror)
  expect([...refs.keys()].filter((ref) => ref.startsWith('refs/series/'))).toHaveLength(3)

  // Its URL is gone: what arrives waits, and it is said.
  await rename(world.mirror, `${world.mirror}.gone`)
  await arrive(world, ...late)
  const config = ['--config', world.config]
  const waiting = await runHere(['sync', ...config])
  expect(waiting).toMatchObject({ exitCode: 0 })
  expect(waiting.stderr).toContain('GIT_REMOTE_UNREACHABLE')
  const status = await runHere(['status', '--json', ...config])
  const [{ jobs, topics } = { jobs: {}, topics: [] }] = jsonLines(status.stdout)
  expect(jobs).toMatchObject({ waiting: expect.any(Number) })
  expect(topics).toContainEqual(expect.objectContaining({ state: 'waiting' }))

  // Somebody made it anew, with nothing in it.
  await rm(`${world.mirror}.gone`, { recursive: true })
  await gitText(['init', '--quiet', '--bare', '--initial-branch=main', world.mirror])
  await expect
    .poll(
      async () => {
        const { stderr } = await runHere(['sync', ...config])
        return stderr
      },
      { timeout: 120_000, interval: 500 },
    )
    .toContain('the mirror had lost refs of ours; they were pushed again')
  const now = await readRefs(world.mirror)
  expect(Object.fromEntries(now)).toMatchObject(Object.fromEntries(refs))

  await expect
    .poll(() => sync(world), { timeout: 120_000, interval: 500 })
    .toHaveLength(sent.length + 1)
  expect((await readRefs(world.mirror)).has(`refs/mail/${late[1] ?? ''}`)).toBe(true)
}, 280_000)

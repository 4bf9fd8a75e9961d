import { chmod, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { BotError } from '../../../src/core/bot-error.ts'
import type { TopicId } from '../../../src/core/ids.ts'
import { approve } from '../../../src/flow/acts/operator-acts.ts'
import { demoWorlds } from '../../support/demo-world.ts'
import { memoryForge } from '../../support/memory-forge.ts'
import { arriveOwn, ownId, ownPatch } from '../../support/own-series.ts'
import { openPullBench, published, topicsOf } from '../../support/pull-bench.ts'

const worlds = demoWorlds()
const { signal } = new AbortController()

it('a push that the mirror refuses is told, and approving it again tries again', async () => {
  const world = await worlds.fresh()
  const bench = openPullBench(world, memoryForge(world.mirror).forge)
  await arriveOwn(
    world,
    ownPatch({ name: 'one', subject: 'ci: run', file: '.github/run', adds: 'x' }),
  )
  await bench.pass()
  const [topic] = await topicsOf(bench)
  expect(topic?.state).toBe('held')
  async function approveIt(): Promise<void> {
    const what = { version: null, head: null }
    const id = topic?.topic as TopicId
    await bench.with((ports) => approve(id, what, 'ada', ports, signal))
    await bench.pass()
  }
  const hook = path.join(world.mirror, 'hooks/pre-receive')
  await writeFile(hook, '#!/bin/sh\necho "no workflows permission"\nexit 1\n')
  await chmod(hook, 0o755)

  await approveIt()
  expect(await topicsOf(bench)).toMatchObject([{ state: 'problem' }])
  expect((await published(bench, ownId('one'))).at(-1)).toMatch(
    /^mirror-refused: the mirror refused the push .*no workflows permission/s,
  )
  await rm(hook)
  await approveIt()
  expect(await topicsOf(bench)).toMatchObject([{ state: 'success', pullRequest: 1 }])
}, 60_000)

it('a login that the forge refuses lets a pass of sync end so that cron hears of it', async () => {
  const world = await worlds.fresh()
  const { forge } = memoryForge(world.mirror)
  const bench = openPullBench(world, {
    ...forge,
    async openPullRequests() {
      throw new BotError('FORGE_FORBIDDEN', 'bad credentials', { retry: 'after-human' })
    },
  })
  await expect(bench.pass()).rejects.toMatchObject({
    code: 'CLI_LOGIN_REFUSED',
    retry: 'later',
    message:
      'a login is refused, and 1 job waits for it: reconcile hello: FORGE_FORBIDDEN: bad credentials',
  })
}, 60_000)

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { arrive, changeConfig, demoWorlds } from '../support/demo-world.ts'
import { openFakeGitea } from '../support/fake-gitea/fake-gitea.ts'
import { giteaPlace, placeOnGitea, useForgejo } from '../support/forge-config.ts'
import { runHere, startPatchferry } from '../support/run-patchferry.ts'

const first = 'usage-1@contributor.example'
const second = 'cheerful-v1-1@contributor.example'
const worlds = demoWorlds()
const minute = 60_000

it('waits for a forge whose token was revoked, says so once, and goes on with the new one, without a restart', async () => {
  const world = await worlds.fresh()
  const fake = await openFakeGitea('Forgejo 16')
  onTestFinished(() => fake.close())
  const token = await placeOnGitea(fake)
  await useForgejo(world, fake, token, 'fork')
  fake.onHead(async () => ({
    name: 'build',
    outcome: 'success',
    steps: [{ name: 'make check', outcome: 'success' }],
    log: '',
  }))
  await changeConfig(
    world,
    'forges:',
    'operator: { address: ops@example.org, badFor: 1s, goodFor: 1s }\nforges:',
  )
  function open(): number {
    const pulls = fake.world.repositories.get(giteaPlace.mirror)?.pulls.values() ?? []
    return [...pulls].length
  }
  const service = startPatchferry(['serve', '--config', world.config])
  onTestFinished(() => service.kill('SIGKILL'))
  await arrive(world, first)
  await expect.poll(open, { timeout: minute, interval: 100 }).toBe(1)

  const { accounts } = fake.world
  accounts.revoke(token)
  await arrive(world, second)
  await service.said(/a login is refused, will be tried again/)
  const shown = await runHere(['status', '--config', world.config])
  expect(shown.stdout).toMatch(/failing-jobs: .*(?:GIT_REMOTE_DENIED|FORGE_FORBIDDEN)/)
  async function told(): Promise<readonly string[]> {
    const out = await readOutgoing(world.outgoing)
    return out.filter(({ kind }) => kind === 'operator').map(({ firstLine }) => firstLine)
  }
  await expect.poll(told, { timeout: minute, interval: 200 }).toHaveLength(1)

  await writeFile(path.join(world.directory, 'token'), `${accounts.token('patchferry')}\n`)
  await expect.poll(open, { timeout: minute, interval: 100 }).toBe(2)
  // One more, once it is good again.
  await expect.poll(told, { timeout: minute, interval: 200 }).toHaveLength(2)
  service.kill('SIGTERM')
  const { stderr } = await service.ended
  expect(stderr).not.toContain(token)
}, 180_000)

import { afterEach, expect, it } from 'vitest'
import type { Sha } from '../../src/core/ids.ts'
import { openGithubForge } from '../../src/forge/github/open-github-forge.ts'
import { check, headRef, signal } from '../contract/forge/forge-values.ts'
import {
  type FakeGithub,
  openFakeGithub,
  usualPermissions,
} from '../support/fake-github/open-fake-github.ts'
import { memoryLog } from '../support/memory-log.ts'

let fake: FakeGithub
afterEach(() => fake.close())

async function open(checks: 'read' | 'write'): Promise<ReturnType<typeof openGithubForge>> {
  fake = await openFakeGithub({ auth: 'app', permissions: { ...usualPermissions, checks } })
  return openGithubForge({
    apiUrl: fake.apiUrl,
    repository: fake.mirror,
    heads: fake.heads,
    auth: { kind: 'app', ...fake.app, privateKey: () => fake.app.privateKey },
    clock: () => new Date(),
    log: memoryLog().logger,
  })
}

/** A job of Actions, a check run of another app and a commit status, all red, and one of each that is not. */
async function redHead(): Promise<Sha> {
  const sha = await fake.moveBranch(headRef)
  for (const outcome of ['failure', 'success'] as const) {
    await fake.runJob(sha, { name: `job ${outcome}`, outcome, steps: [], log: 'x' })
    await fake.report({ ...check(sha, `app ${outcome}`, outcome), origin: 'check-run' })
    await fake.report(check(sha, `status ${outcome}`, outcome))
  }
  return sha
}

function rerequested(): number {
  return fake.hooks.deliveries.filter(({ action }) => action === 'rerequested').length
}

it('has jobs and the suites of other apps run again, and names what only its writer can', async () => {
  const forge = await open('write')
  const sha = await redHead()
  expect(await forge.rerunChecks(sha, signal)).toEqual({
    started: ['job failure', 'app failure'],
    left: ['status failure'],
  })
  expect(rerequested()).toBe(1)
  // The app has not begun yet, and is not asked twice.
  expect(await forge.rerunChecks(sha, signal)).toEqual({ started: [], left: ['status failure'] })
  expect(rerequested()).toBe(1)
})

it('says so where it may not ask other apps', async () => {
  const forge = await open('read')
  const sha = await redHead()
  expect(await forge.rerunChecks(sha, signal)).toEqual({
    started: ['job failure'],
    left: ['app failure', 'status failure'],
  })
  expect(rerequested()).toBe(0)
})

it('finds nothing where nothing is red, or nobody knows the commit', async () => {
  const forge = await open('write')
  const sha = await fake.moveBranch(headRef)
  const nothing = { started: [], left: [] }
  expect(await forge.rerunChecks(sha, signal)).toEqual(nothing)
  expect(await forge.rerunChecks('a'.repeat(40) as Sha, signal)).toEqual(nothing)
})

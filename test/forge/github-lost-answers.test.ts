import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { headRef, signal, spec as usual } from '../contract/forge/forge-values.ts'
import { type DrivenGithub, driveFakeGithub } from '../support/github-driver.ts'

const spec = { ...usual, number: null }

let driven: DrivenGithub
beforeEach(async () => {
  driven = await driveFakeGithub('app', 'fork')
})
afterEach(async () => {
  await driven.fake.close()
})

describe('where GitHub did what was asked, and its answer was lost,', () => {
  it('a pull request is closed once', async () => {
    const { fake, forge } = driven
    await fake.moveBranch(headRef)
    await forge.ensurePullRequest(spec, signal)
    fake.limits.loseAnswers(1)
    await expect(forge.closePullRequest(1, signal)).rejects.toMatchObject({
      code: 'FORGE_UNREACHABLE',
      retry: 'later',
    })
    await forge.closePullRequest(1, signal)

    const closed = fake.hooks.deliveries.filter(({ action }) => action === 'closed')
    expect(closed).toHaveLength(1)
    expect(await forge.getPullRequest(1, signal)).toMatchObject({ state: 'closed' })
  })

  it('a red job runs again once', async () => {
    const { fake, forge } = driven
    const sha = await fake.moveBranch(headRef)
    await forge.ensurePullRequest(spec, signal)
    await fake.runJob(sha, { name: 'build', outcome: 'failure', steps: [], log: 'x' })
    fake.limits.loseAnswers(1)
    await expect(forge.rerunChecks(sha, signal)).rejects.toMatchObject({ retry: 'later' })

    expect(await forge.rerunChecks(sha, signal)).toEqual({ started: [], left: [] })
    const { checks } = await forge.listChecks(sha, signal)
    expect(checks).toMatchObject([{ context: 'build', attempt: 2 }])
  })
})

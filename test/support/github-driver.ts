import type { Forge } from '../../src/forge/forge.ts'
import {
  type GithubForgeOptions,
  openGithubForge,
} from '../../src/forge/github/open-github-forge.ts'
import { openRequestBudget, type RequestBudget } from '../../src/forge/github/request-budget.ts'
import { type FakeGithub, openFakeGithub } from './fake-github/open-fake-github.ts'
import { memoryLog } from './memory-log.ts'

/** Tests write faster than anybody may on GitHub. */
export function noBudget(): RequestBudget {
  const limit = 1_000_000
  return openRequestBudget(() => new Date(), {
    pointsPerMinute: limit,
    writesPerMinute: limit,
    writesPerHour: limit,
  })
}

export interface DrivenGithub {
  readonly fake: FakeGithub
  readonly forge: Forge
}

/** The driver on a fake GitHub, as its bot. */
export function driverOn(
  fake: FakeGithub,
  auth: 'app' | 'token',
  changes: Partial<GithubForgeOptions> = {},
): Forge {
  const { appId, privateKey, installationId } = fake.app
  return openGithubForge({
    apiUrl: fake.apiUrl,
    repository: fake.mirror,
    heads: fake.heads,
    auth:
      auth === 'app'
        ? { kind: 'app', appId, privateKey: () => privateKey, installationId }
        : { kind: 'token', token: async () => fake.token },
    clock: () => new Date(),
    log: memoryLog().logger,
    budget: noBudget(),
    ...changes,
  })
}

/** A fake GitHub with the people `alice` and `bob`, and the driver on it. */
export async function driveFakeGithub(
  auth: 'app' | 'token',
  placement: 'same-repo' | 'fork',
  changes: Partial<GithubForgeOptions> = {},
): Promise<DrivenGithub> {
  const fake = await openFakeGithub({ auth, placement })
  for (const login of ['alice', 'bob']) {
    await fake.allow(login, 'read')
  }
  return { fake, forge: driverOn(fake, auth, changes) }
}

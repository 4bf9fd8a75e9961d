import { afterAll, describe, vi } from 'vitest'
import { dialectOf } from '../../src/forge/gitea/dialect.ts'
import { capabilitiesOf } from '../../src/forge/gitea/gitea-forge.ts'
import type { Hands } from '../contract/forge/forge-under-test.ts'
import { describeForgeContract } from '../contract/forge-contract.ts'
import { openRealUnderTest } from '../support/real-forgejo/real-under-test.ts'
import { findRealServer, findRunner, leaveRealServer } from '../support/real-forgejo/server.ts'

// A server, a runner and their disks are slower than a fake.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

const server = await findRealServer()
const reason = server === null ? ' (skipped: PATCHFERRY_FORGEJO_URL and _TOKEN name none)' : ''
const runner = server === null ? null : await findRunner(server)

describe.skipIf(server === null)(`on a real server${reason}`, () => {
  afterAll(async () => {
    if (server !== null) {
      await leaveRealServer(server)
    }
  })

  const lacking: readonly Hands[] = [
    'approvals',
    'crowds',
    ...(server?.people ? [] : (['people'] as const)),
    ...(runner === null ? (['jobs'] as const) : []),
  ]
  for (const placement of ['same-repo', 'agit'] as const) {
    describeForgeContract(
      `${server?.version ?? 'Forgejo'}, heads ${placement}`,
      capabilitiesOf(dialectOf(server?.version ?? '', false)),
      () => {
        if (server === null) {
          throw new Error('there is no server')
        }
        return openRealUnderTest(server, placement, runner)
      },
      // What a runner does is the same wherever heads are.
      placement === 'agit' ? [...new Set([...lacking, 'jobs' as const])] : lacking,
    )
  }
})

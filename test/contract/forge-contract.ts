import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ForgeCapabilities } from '../../src/forge/forge.ts'
import { checkCases } from './forge/check-cases.ts'
import { commentCases } from './forge/comment-cases.ts'
import type { ForgeCase, ForgeUnderTest, Hands } from './forge/forge-under-test.ts'
import { signal, spec } from './forge/forge-values.ts'
import { jobCases } from './forge/job-cases.ts'
import { pullRequestCases } from './forge/pull-request-cases.ts'
import { reviewCases } from './forge/review-cases.ts'

const usualTimeoutMs = 60_000

const forgeCases: readonly ForgeCase[] = [
  ...pullRequestCases,
  ...commentCases,
  ...checkCases,
  ...jobCases,
  ...reviewCases,
]

function reasonToSkip(
  { needs, hands }: ForgeCase,
  capabilities: ForgeCapabilities,
  lacking: readonly Hands[],
): string | null {
  const unable = needs.filter((need) => !capabilities[need])
  const idle = (hands ?? []).filter((hand) => lacking.includes(hand))
  if (unable.length > 0) {
    return `this forge has no ${unable.join(', ')}`
  }
  return idle.length > 0 ? `this server gives the test no ${idle.join(', ')}` : null
}

/**
 * What every forge driver must do; call it from the driver's own test file. Cases that ask more than the forge can do
 * are skipped by name, and then what it cannot do must be refused. `lacking`: what a real server does not let a test do.
 */
export function describeForgeContract(
  name: string,
  capabilities: ForgeCapabilities,
  open: () => Promise<ForgeUnderTest>,
  lacking: readonly Hands[] = [],
): void {
  describe(`${name} keeps the forge contract:`, () => {
    let tested: ForgeUnderTest
    beforeEach(async () => {
      tested = await open()
    })
    afterEach(async () => {
      await tested.close()
    })

    it('says of itself what it can', () => {
      expect(tested.forge.capabilities).toEqual(capabilities)
    })

    for (const one of forgeCases) {
      const reason = reasonToSkip(one, capabilities, lacking)
      const suffix = reason === null ? '' : ` (skipped: ${reason})`
      const timeout = one.timeoutMs ?? usualTimeoutMs
      it.skipIf(reason !== null)(`${one.name}${suffix}`, { timeout }, async () => {
        await expect(one.run(tested)).resolves.toBeUndefined()
      })
    }

    it.runIf(!capabilities.pullRequests)('refuses what it cannot do', async () => {
      const { forge } = tested
      const calls = [
        forge.ensurePullRequest(spec, signal),
        forge.getPullRequest(1, signal),
        forge.closePullRequest(1, signal),
        forge.findPullRequests(spec.headRef, signal),
        forge.openPullRequests(signal),
        forge.ensureComment(1, 'verdict', 'x', signal),
        forge.listComments(1, null, signal),
        forge.permissionOf('alice', signal),
        forge.listReviews(1, signal),
        forge.ensureReply(1, '1', 'answer', 'x', signal),
      ]
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toMatchObject({
          status: 'rejected',
          reason: { code: 'FORGE_UNSUPPORTED', retry: 'never' },
        })
      }
    })
  })
}

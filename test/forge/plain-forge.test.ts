import { toSha } from '../../src/core/ids.ts'
import { plainForge } from '../../src/forge/plain/plain-forge.ts'
import { describeForgeContract } from '../contract/forge-contract.ts'

describeForgeContract(
  'the plain forge',
  { pullRequests: false, draftPullRequests: false, checks: false, maxBodyLength: 0 },
  async () => ({
    forge: plainForge('file:///srv/mirror.git'),
    moveBranch: async () => toSha('1'.repeat(40)),
    report: async () => {},
    close: async () => {},
  }),
)

import { describe } from 'vitest'
import { githubCapabilities, openGithubForge } from '../../src/forge/github/open-github-forge.ts'
import { describeForgeContract } from '../contract/forge-contract.ts'
import { noBudget } from '../support/github-driver.ts'
import { memoryLog } from '../support/memory-log.ts'
import { openRealGithub, realGithub, unhurried } from '../support/real-github.ts'

const real = realGithub()
const reason =
  real === null ? ' (skipped: PATCHFERRY_GITHUB_URL, _TOKEN, _REPOSITORY name none)' : ''

describe.skipIf(real === null)(`on a real server${reason}`, () => {
  describeForgeContract(
    'GitHub',
    githubCapabilities,
    async () => {
      const server = real ?? { apiUrl: '', token: '', repository: { owner: '', name: '' } }
      return {
        ...(await openRealGithub(server)),
        forge: openGithubForge({
          apiUrl: server.apiUrl,
          repository: server.repository,
          heads: server.repository,
          auth: { kind: 'token', token: async () => server.token },
          clock: () => new Date(),
          log: memoryLog().logger,
          fetch: unhurried,
          budget: noBudget(),
        }),
      }
    },
    ['people', 'jobs'],
  )
})

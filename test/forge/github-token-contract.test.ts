import { githubCapabilities } from '../../src/forge/github/open-github-forge.ts'
import { describeForgeContract } from '../contract/forge-contract.ts'
import { driveFakeGithub } from '../support/github-driver.ts'

describeForgeContract('GitHub, as a user in one repository,', githubCapabilities, async () => {
  const { fake, forge } = await driveFakeGithub('token', 'same-repo')
  return { ...fake, forge }
})

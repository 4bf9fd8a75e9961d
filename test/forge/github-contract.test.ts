import { githubCapabilities } from '../../src/forge/github/open-github-forge.ts'
import { describeForgeContract } from '../contract/forge-contract.ts'
import { driveFakeGithub } from '../support/github-driver.ts'

describeForgeContract('GitHub, as an App with a fork,', githubCapabilities, async () => {
  const { fake, forge } = await driveFakeGithub('app', 'fork')
  return { ...fake, forge }
})

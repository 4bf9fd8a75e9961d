import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { describeGitEngineContract } from '../../contract/git-engine-contract.ts'

describeGitEngineContract('the engine over the git program', async (gitDir) =>
  openGitEngine(gitDir),
)

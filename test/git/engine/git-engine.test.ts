import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { readAsGit } from '../../../src/mail/parse/read-as-git.ts'
import { describeGitEngineContract } from '../../contract/git-engine-contract.ts'

describeGitEngineContract('the engine over the git program', async (gitDir) =>
  openGitEngine(gitDir, { readMail: readAsGit }),
)

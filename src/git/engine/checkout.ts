import path from 'node:path'
import type { Sha } from '../../core/ids.ts'
import { gitText } from '../cli/run-git.ts'
import { makePrivateGitDir } from './private-git-dir.ts'
import type { Repository } from './repository.ts'
import { inTempFolder } from './temp-folder.ts'

/**
 * Writes the tree of `commit` into the empty `directory`: no `.git`, no link to the repository, no filter run. Line ends
 * and the like are as the attributes in the tree ask. Submodules are empty folders.
 */
export async function checkoutTree(
  repository: Repository,
  commit: Sha,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await inTempFolder(repository.tempDirectory, 'checkout', async (gitDir) => {
    await makePrivateGitDir(gitDir, repository)
    const env = { ...repository.view.env, GIT_WORK_TREE: path.resolve(directory) }
    const location = { gitDir, cwd: directory, env }
    await gitText(['read-tree', `${commit}^{tree}`], location, signal)
    await gitText(['checkout-index', '-q', '-f', '-a'], location, signal)
  })
}

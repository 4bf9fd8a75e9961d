import { tmpdir } from 'node:os'
import type { RefName } from '../../core/ids.ts'
import { gitText } from '../cli/run-git.ts'
import type { RemoteAccess } from '../git-engine.ts'
import { openRemote } from './open-remote.ts'
import { callRemote, remoteFault } from './remote.ts'
import { inTempFolder } from './temp-folder.ts'

const maxBytes = 256 * 1024
const maxFiles = 100

/**
 * The files at or below `roots` on the tip of a branch of the remote, as text by their paths; the first hundred. Fetches one
 * commit and, where the server can leave out the rest, those files alone. Throws GIT_REMOTE_UNREACHABLE, GIT_REMOTE_DENIED,
 * GIT_REMOTE_REF_MISSING.
 */
export async function lookAtFiles(
  access: RemoteAccess,
  branch: RefName,
  roots: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const remote = await openRemote(access, signal)
  return inTempFolder(tmpdir(), 'view', async (gitDir) => {
    await gitText(['init', '--quiet', '--bare', '--template=', gitDir], {}, signal)
    const narrow = ['--depth=1', '--filter=blob:none', '--no-tags', '--no-recurse-submodules']
    const fetched = ['fetch', '--quiet', ...narrow, '--', remote.url, `+${branch}:refs/heads/look`]
    const output = await callRemote(remote, fetched, { gitDir }, signal)
    if (output.exitCode !== 0) {
      throw remoteFault(remote, fetched, output)
    }
    const list = ['ls-tree', '-r', '-z', 'refs/heads/look', '--']
    const listed = await gitText([...list, ...roots], { gitDir }, signal)
    const paths = listed
      .split('\0')
      .filter((line) => /^\d+ blob /.test(line))
      .map((line) => line.slice(line.indexOf('\t') + 1))
    const files = new Map<string, string>()
    for (const path of paths.slice(0, maxFiles)) {
      // Where it was left out git fetches it now, with the same credentials.
      const shown = ['cat-file', 'blob', `refs/heads/look:${path}`]
      const { exitCode, stdout } = await callRemote(remote, shown, { gitDir }, signal)
      if (exitCode === 0) {
        files.set(path, Buffer.from(stdout).subarray(0, maxBytes).toString('utf8'))
      }
    }
    return files
  })
}

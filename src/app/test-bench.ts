import { mkdtemp, readdir } from 'node:fs/promises'
import path from 'node:path'
import type { ProjectConfig } from '../config/config.ts'
import type { ProjectPorts } from '../flow/ports.ts'
import type { GitEngine } from '../git/git-engine.ts'
import { commandTester } from '../tester/command-tester.ts'
import { killLeftovers } from '../tester/run-folder.ts'
import { removeTree } from '../util/remove-tree.ts'

/**
 * Runs a project's test on a clean checkout of a commit, in a folder of its own that is removed afterwards. Without
 * a configured test the promise rejects: nobody should ask.
 */
export function testBench(
  config: ProjectConfig,
  git: GitEngine,
  checkouts: string,
): ProjectPorts['test'] {
  return async (commit, signal) => {
    const { tests, testing } = config
    if (tests === null || testing === null) {
      throw new TypeError(`project ${config.name} has no tests`)
    }
    const tester = commandTester(testing.isolation, { outputBytes: testing.outputBytes })
    const directory = await mkdtemp(path.join(checkouts, `${commit.slice(0, 12)}-`))
    try {
      await git.checkout(commit, directory, signal)
      return await tester.run(
        {
          directory,
          argv: tests.argv,
          environment: {
            ...testing.environment,
            PATCHFERRY_COMMIT: commit,
            PATCHFERRY_PROJECT: config.name,
          },
          timeoutMs: tests.timeoutMs,
        },
        signal,
      )
    } finally {
      await removeTree(directory)
    }
  }
}

/** Ends the tests that a service which died left running, and removes their checkouts. Returns how many ran. */
export async function clearTestBench(checkouts: string): Promise<number> {
  const count = await killLeftovers(checkouts)
  for (const name of await readdir(checkouts)) {
    await removeTree(path.join(checkouts, name))
  }
  return count
}

import { requireGit } from '../../git/cli/git-version.ts'
import { sqliteVersion } from '../../store/sqlite/sqlite-version.ts'
import { examine, type Finding, ok, wrong } from './finding.ts'

/** As `engines` of package.json says. */
const supported = '20.18.1 or newer of 20, or 22 or newer'

function isSupported(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.replace(/^v/, '').split('.').map(Number)
  const isEnough = minor > 18 || (minor === 18 && patch >= 1)
  return major >= 22 || (major === 20 && isEnough)
}

/** Whether this version of Node, as `process.version` writes it, runs us. */
export function checkNode(version: string): Finding {
  return isSupported(version)
    ? ok('Node', version)
    : wrong('Node', `${version} does not run us`, `Install Node ${supported}.`)
}

/** Node, git and SQLite. */
export async function checkMachine(): Promise<readonly Finding[]> {
  return [
    checkNode(process.version),
    await examine('git', async () => ok('git', (await requireGit()).text)),
    await examine('SQLite', async () => ok('SQLite', sqliteVersion())),
  ]
}

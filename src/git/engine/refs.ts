import { type RefName, type Sha, toSha } from '../../core/ids.ts'
import { gitText, runGit } from '../cli/run-git.ts'
import type { Repository } from './repository.ts'

/** The commit that `revision` names; null when it names none. A full name is looked up without a process of its own. */
export async function resolveCommit(repository: Repository, revision: string): Promise<Sha | null> {
  if (repository.reader !== null && /^[0-9a-f]{40}$/.test(revision)) {
    const [found] = await repository.reader.find([`${revision}^{commit}`], undefined)
    return found?.sha ?? null
  }
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]
  const { exitCode, stdout } = await runGit(args, { gitDir: repository.gitDir })
  const name = Buffer.from(stdout).toString('latin1').trim()
  return exitCode === 0 && name !== '' ? toSha(name) : null
}

/** The commits that fully qualified names stand for, in their order; null for a name that stands for none. */
export async function resolveCommits(
  repository: Repository,
  names: readonly string[],
): Promise<readonly (Sha | null)[]> {
  const call = {
    gitDir: repository.gitDir,
    input: names.map((name) => `${name}^{commit}\n`).join(''),
  }
  const answer = await gitText(['cat-file', '--batch-check=%(objectname)'], call)
  const lines = answer.split('\n')
  return names.map((_, index) => {
    const line = lines[index] ?? ''
    return /^[0-9a-f]{40,64}$/.test(line) ? toSha(line) : null
  })
}

/** Refs below these folders, and the objects they name. */
export async function localRefs(
  repository: Repository,
  prefixes: readonly string[],
): Promise<ReadonlyMap<RefName, Sha>> {
  const args = ['for-each-ref', '--format=%(refname) %(objectname)', ...prefixes]
  const listing = await gitText(args, { gitDir: repository.gitDir })
  return new Map(
    listing
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [name = '', sha = ''] = line.split(' ')
        return [name as RefName, toSha(sha)]
      }),
  )
}

/**
 * Branches to try where nothing is configured: that of HEAD, then the others of refs/heads, then those of
 * refs/remotes, each by name.
 */
export async function candidateBranches(repository: Repository): Promise<readonly RefName[]> {
  const location = { gitDir: repository.gitDir }
  const head = await runGit(['symbolic-ref', '--quiet', 'HEAD'], location)
  const first = Buffer.from(head.stdout).toString('utf8').trim()
  const format = '--format=%(if)%(symref)%(then)%(else)%(refname)%(end)'
  const listing = await gitText(['for-each-ref', format, 'refs/heads', 'refs/remotes'], location)
  const all = listing.split('\n').filter((name) => name !== '')
  return [...all.filter((name) => name === first), ...all.filter((name) => name !== first)].map(
    (name) => name as RefName,
  )
}

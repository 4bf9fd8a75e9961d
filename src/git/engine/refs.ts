import { type RefName, type Sha, toSha } from '../../core/ids.ts'
import { gitText, runGit } from '../cli/run-git.ts'
import type { Repository } from './repository.ts'

/** The commit that `revision` names; null when it names none. */
export async function resolveCommit(repository: Repository, revision: string): Promise<Sha | null> {
  const [commit = null] = await resolveCommits(repository, [revision])
  return commit
}

/** The commits that revisions stand for, in their order; null for one that stands for none. No process is started for them. */
export async function resolveCommits(
  repository: Repository,
  revisions: readonly string[],
): Promise<readonly (Sha | null)[]> {
  // A line is a question, and no revision holds a newline.
  const names = revisions.map((revision) =>
    revision.includes('\n') ? '' : `${Buffer.from(revision).toString('latin1')}^{commit}`,
  )
  const found = await repository.refNames.find(names, undefined)
  return found.map((one) => one?.sha ?? null)
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

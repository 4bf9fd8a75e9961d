import { BotError } from '../../core/bot-error.ts'
import type { RefName, Sha } from '../../core/ids.ts'
import type { ProjectPorts } from '../../flow/ports.ts'
import type { Forge } from '../../forge/forge.ts'
import { gitText } from '../../git/cli/run-git.ts'
import { openGitEngine } from '../../git/engine/open-git-engine.ts'
import type { OpenedForge } from '../forge/open-forge.ts'
import { type DemoForge, demoBranch } from './demo-forge.ts'
import { maintainer } from './scenario.ts'

const base = `refs/heads/${demoBranch}` as RefName
const ours = [base, 'refs/heads/series/', 'refs/mail/', 'refs/series/']
/** Made by the forge itself, for pull requests that may be long gone. */
const made = ['refs/pull/', 'refs/merge-requests/']

function begins(ref: string, prefixes: readonly string[]): boolean {
  return prefixes.some(
    (prefix) => ref === prefix || (prefix.endsWith('/') && ref.startsWith(prefix)),
  )
}

function inUse(message: string, remedy: string): BotError {
  return new BotError('CLI_DEMO_REPOSITORY_IN_USE', message, { retry: 'after-human', remedy })
}

async function examine(forge: Forge, place: DemoForge, signal: AbortSignal): Promise<void> {
  const findings = await forge.examine(signal)
  const failing = findings.filter(({ level }) => level === 'failing')
  const [first] = failing
  if (first !== undefined) {
    const said = failing.map(({ what, message }) => `${what}: ${message}`).join('; ')
    throw new BotError('CLI_DEMO_FORGE_UNFIT', `${place.cloneUrl} cannot be used: ${said}`, {
      retry: 'after-human',
      ...(first.remedy === null ? {} : { remedy: first.remedy }),
    })
  }
}

/** Every commit that leads to `tip` must be one that a demo made. */
async function refuseCommits(tip: Sha, { cloneUrl }: DemoForge, gitDir: string): Promise<void> {
  const people = await gitText(['log', '--format=%ae%n%ce', tip], { gitDir })
  if (people.split('\n').some((address) => address !== '' && address !== maintainer.address)) {
    throw inUse(
      `${demoBranch} of ${cloneUrl} holds commits that no demo made`,
      'Take an empty repository, or rename that branch.',
    )
  }
}

function refuseOthers(refs: ReadonlyMap<RefName, Sha>, { cloneUrl, mayShare }: DemoForge): void {
  const names = [...refs.keys()].filter((ref) => !begins(ref, made))
  const others = names.filter((ref) => !begins(ref, ours))
  const isNew = names.length === 0
  const isAgain = refs.has(base) && others.length === 0
  if (isNew || isAgain || mayShare) {
    return
  }
  const shown = (others.length > 0 ? others : names).map((ref) => ref.replace('refs/heads/', ''))
  const list = shown.slice(0, 5).join(', ')
  throw inUse(
    `${cloneUrl} is not empty, and no earlier demo made what it holds: ${list}${shown.length > 5 ? ', ...' : ''}`,
    `Make an empty repository for this. Or give --not-empty: nothing there is changed, but ${demoBranch}, branches series/* and pull requests are added.`,
  )
}

/**
 * Looks whether the repository may be used, before anything is written there, and gives its refs. `seen` is a bare repository.
 * Throws CLI_DEMO_FORGE_UNFIT, CLI_DEMO_REPOSITORY_IN_USE, and what git and the forge throw.
 */
export async function admitRepository(
  { forge, mirror }: OpenedForge,
  place: DemoForge,
  seen: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<RefName, Sha>> {
  await examine(forge, place, signal)
  const git = await openGitEngine(seen)
  try {
    const refs = await git.remoteRefs(mirror, ['refs/'], signal)
    refuseOthers(refs, place)
    const tip = refs.get(base)
    if (tip !== undefined) {
      const found = 'refs/demo/found' as RefName
      await git.fetch(mirror, [{ from: base, to: found }], signal)
      await refuseCommits(tip, place, seen)
    }
    return refs
  } finally {
    await git.close()
  }
}

/**
 * Puts the demo's upstream into the repository, as the branch that pull requests are made for: where none is, or that of an
 * earlier demo. `refs` as `admitRepository` gave them, `seen` as there. Throws CLI_DEMO_PUSH_REFUSED, and what git throws.
 */
export async function pushBase(
  refs: ReadonlyMap<RefName, Sha>,
  project: ProjectPorts,
  place: DemoForge,
  seen: string,
  signal: AbortSignal,
): Promise<void> {
  const git = await openGitEngine(seen)
  try {
    const wanted = 'refs/demo/base' as RefName
    await git.fetch(project.upstream ?? project.mirror, [{ from: base, to: wanted }], signal)
    const target = await git.resolve(wanted)
    const expected = refs.get(base) ?? null
    const pushed = await git.push(project.mirror, [{ ref: base, target, expected }], signal)
    if (pushed.outcome === 'pushed') {
      return
    }
    const said = pushed.outcome === 'refused' ? pushed.output.trim() : 'somebody else moved it'
    const isWorkflow = pushed.outcome === 'refused' && pushed.reason === 'workflow'
    const remedy = 'Give the token the permission to write workflows, or leave out --ci.'
    throw new BotError(
      'CLI_DEMO_PUSH_REFUSED',
      `${place.cloneUrl} did not take ${demoBranch}: ${said}`,
      { retry: 'after-human', ...(isWorkflow ? { remedy } : {}) },
    )
  } finally {
    await git.close()
  }
}

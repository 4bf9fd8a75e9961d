import type { World } from './world.ts'

/*
 * What is so between two commits is so for ever, and all repositories here have one store of objects: it is asked of git once.
 */

export interface Comparison {
  readonly isRelated: boolean
  /** Only in `base`, and only in `head`. */
  readonly behind: number
  readonly ahead: number
  /** Of what `head` changed since the two parted. */
  readonly files: number
  readonly additions: number
  readonly deletions: number
}

export function compare(world: World, base: string, head: string): Promise<Comparison> {
  return once(world, `compare ${base} ${head}`, async () => {
    const [counts, numstat] = await Promise.all([
      git(world, ['rev-list', '--left-right', '--count', `${base}...${head}`]),
      git(world, ['diff', '--numstat', '--merge-base', base, head]).catch(() => null),
    ])
    const [behind = 0, ahead = 0] = counts.split('\t').map(Number)
    const changes = (numstat ?? '').split('\n').filter((line) => line !== '')
    const numbers = changes.map((line) => line.split('\t').map((field) => Number(field) || 0))
    return {
      isRelated: numstat !== null,
      behind,
      ahead,
      files: changes.length,
      additions: numbers.reduce((sum, [added = 0]) => sum + added, 0),
      deletions: numbers.reduce((sum, [, deleted = 0]) => sum + deleted, 0),
    }
  })
}

/** Whether all of `sha` is in `by`. */
export async function isContained(world: World, sha: string, by: string): Promise<boolean> {
  return (await compare(world, by, sha)).ahead === 0
}

/** A commit that is there stays; one that is not may yet come. */
export async function isCommit(world: World, sha: string): Promise<boolean> {
  const key = `commit ${sha}`
  const is =
    world.facts.has(key) ||
    (await git(world, ['cat-file', '-e', `${sha}^{commit}`]).then(
      () => true,
      () => false,
    ))
  if (is) {
    world.facts.set(key, Promise.resolve(true))
  }
  return is
}

export async function isMergeable(world: World, base: string, head: string): Promise<boolean> {
  const { behind, ahead } = await compare(world, base, head)
  return behind === 0 || ahead === 0
    ? true
    : once(world, `merge ${base} ${head}`, () =>
        git(world, ['merge-tree', '--write-tree', base, head]).then(
          () => true,
          () => false,
        ),
      )
}

/** What `head` changed since it parted from `base`, with three lines of context, and renames, as GitHub shows it. */
export function diffOf(world: World, base: string, head: string): Promise<string> {
  const args = ['-c', 'core.quotePath=false', 'diff', '-M', '-U3', '--merge-base', base, head]
  return once(world, `diff ${base} ${head}`, () => git(world, args))
}

function git(world: World, args: readonly string[]): Promise<string> {
  const [first] = world.repositories.values()
  return world.git.git(first?.fullName ?? '', args)
}

function once<T>(world: World, key: string, find: () => Promise<T>): Promise<T> {
  const known = world.facts.get(key) as Promise<T> | undefined
  const fact = known ?? find()
  world.facts.set(key, fact)
  return fact
}

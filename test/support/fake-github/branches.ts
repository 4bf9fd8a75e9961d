import type { World } from './world.ts'

/** Null where there is no such branch. */
export function tipOf(world: World, fullName: string, branch: string): string | null {
  return world.git.refs(fullName).get(`refs/heads/${branch}`) ?? null
}

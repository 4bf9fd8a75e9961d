import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { addRepository, type World } from './world.ts'

/** A hook of git, since only git sees what a push brings before it is there. */
const updateHook = `#!/bin/sh
[ "$FAKE_GITHUB_WORKFLOWS" = refused ] || exit 0
case $3 in *[!0]*) ;; *) exit 0 ;; esac
[ -z "$(git rev-list -1 "$3" --not --all -- .github/workflows)" ] && exit 0
echo "refusing to allow a GitHub App to create or update workflow without \\\`workflows\\\` permission" >&2
exit 1
`

/** `mirror` with its first commit unless it is to be empty, and `heads`, where that is another one, as a fork of it. */
export async function makeRepositories(
  world: World,
  mirror: string,
  heads: string,
  isEmpty: boolean,
): Promise<void> {
  // Others' refs are hidden from a push: "deny updating a hidden ref".
  await world.git.create(mirror, { 'receive.hideRefs': 'refs/pull' })
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`).join('')
  const stream = `commit refs/heads/main
committer Ada Author <ada@example.org> 1700000000 +0000
data 5
first
M 100644 inline file.txt
data ${lines.length}
${lines}
`
  if (!isEmpty) {
    await world.git.git(mirror, ['fast-import', '--quiet'], stream)
  }
  addRepository(world, mirror)
  if (heads !== mirror) {
    await world.git.fork(mirror, heads)
    addRepository(world, heads, mirror)
  }
  for (const repository of new Set([mirror, heads])) {
    const hook = path.join(world.git.directory(repository), 'hooks', 'update')
    mkdirSync(path.dirname(hook), { recursive: true })
    writeFileSync(hook, updateHook)
    chmodSync(hook, 0o755)
  }
}

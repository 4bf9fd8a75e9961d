import { createHash } from 'node:crypto'
import path from 'node:path'
import { type Sha, toSha } from '../../core/ids.ts'
import type { Mailbox } from '../../core/message.ts'
import { gitText, runGit } from '../cli/run-git.ts'
import type { OverlayRequest } from '../git-engine.ts'
import { committedAt } from './inspect.ts'
import { resolveCommit } from './refs.ts'
import type { Repository } from './repository.ts'
import { inIdent } from './tag.ts'
import { inTempFolder } from './temp-folder.ts'

interface Contents {
  readonly tree: string
  readonly parent: string
  readonly at: Date
  readonly committer: Mailbox
  readonly message: string
}

/** The commit object: nothing in it comes from a clock, or from who runs this. */
function render({ tree, parent, at, committer, message }: Contents): string {
  const who = `${inIdent(committer.name)} <${inIdent(committer.address)}>`
  const stamp = `${who} ${Math.floor(at.getTime() / 1000)} +0000`
  return `tree ${tree}\nparent ${parent}\nauthor ${stamp}\ncommitter ${stamp}\n\n${message}`
}

/** The tree is made in an index of its own: no work tree, no filter, no attribute. */
async function make(
  repository: Repository,
  { parent, files, committer, message }: OverlayRequest,
  signal: AbortSignal,
): Promise<Sha> {
  const { durable, tempDirectory } = repository
  const lines: string[] = []
  for (const { path: name, mode, content } of files) {
    const call = { ...durable, input: content }
    const blob = await gitText(['hash-object', '-w', '--no-filters', '--stdin'], call, signal)
    lines.push(`${mode} ${blob.trim()}\t${name}\0`)
  }
  const tree = await inTempFolder(tempDirectory, 'overlay', async (folder) => {
    const env = { ...durable.env, GIT_INDEX_FILE: path.join(folder, 'index') }
    const call = { ...durable, env }
    await gitText(['read-tree', `${parent}^{tree}`], call, signal)
    // A file of ours may stand where upstream has a folder, or the reverse.
    const update = ['update-index', '--add', '--replace', '-z', '--index-info']
    await gitText(update, { ...call, input: lines.join('') }, signal)
    return (await gitText(['write-tree'], call, signal)).trim()
  })
  const at = await committedAt(repository, parent)
  const input = render({ tree, parent, at, committer, message })
  const args = ['hash-object', '-t', 'commit', '-w', '--stdin']
  return toSha((await gitText(args, { ...durable, input }, signal)).trim())
}

function fingerprint({ parent, files, committer, message }: OverlayRequest): string {
  const hash = createHash('sha256').update(JSON.stringify([parent, committer, message]))
  for (const { path: name, mode, content } of files) {
    hash.update(JSON.stringify([name, mode, content.length])).update(content)
  }
  return hash.digest('hex')
}

/** More branches than this in one repository have some of theirs made again. */
const mostRemembered = 64

/** See `GitEngine.overlay`. What it made last is remembered, so that a round that finds nothing new writes nothing. */
export function createOverlays(): (
  repository: Repository,
  request: OverlayRequest,
  signal: AbortSignal,
) => Promise<Sha> {
  const made = new Map<string, Sha>()
  return async (repository, request, signal) => {
    const key = fingerprint(request)
    const known = made.get(key)
    made.delete(key)
    const isThere = known !== undefined && (await resolveCommit(repository, known)) !== null
    const commit = isThere ? known : await make(repository, request, signal)
    made.set(key, commit)
    for (const oldest of [...made.keys()].slice(0, -mostRemembered)) {
      made.delete(oldest)
    }
    return commit
  }
}

/** See `GitEngine.isOverlay`: whether `overlay` would have written the commit as it is, with the tree that it has. */
export async function isOverlay(
  repository: Repository,
  commit: Sha,
  committer: Mailbox,
  message: string,
): Promise<boolean> {
  const { exitCode, stdout } = await runGit(['cat-file', 'commit', commit], repository.view)
  const text = Buffer.from(stdout).toString('utf8')
  const found = /^tree (?<tree>\S+)\nparent (?<parent>\S+)\nauthor /.exec(text)?.groups
  if (exitCode !== 0 || found === undefined) {
    return false
  }
  const { tree = '', parent = '' } = found
  const at = await committedAt(repository, toSha(parent))
  return text === render({ tree, parent, at, committer, message })
}

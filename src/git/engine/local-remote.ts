import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { RefName } from '../../core/ids.ts'
import { quoteForShell } from '../../util/shell-word.ts'
import type { Remote } from '../git-engine.ts'

/** Whether the remote is a bare repository on this machine that git lets us use: what is another user's it may refuse. */
export function isLocalRemote({ url }: Remote): boolean {
  return (
    path.isAbsolute(url) &&
    existsSync(path.join(url, 'HEAD')) &&
    statSync(url).uid === process.geteuid?.()
  )
}

/** Where our refs gather: one for each mail, for each version, for each topic. */
const crowded = ['refs/mail', 'refs/series', 'refs/heads/series']

/** A shell takes 128 KiB in one argument. */
const maxCommandBytes = 64 * 1024

/**
 * The `--receive-pack` for a push of `refs` to a repository on this machine, which then speaks of these and of the branches that are not
 * ours, and of no other ref: git compares every push with all refs that it is told of, which takes a second of
 * processor time where there are a hundred thousand (git-config(1), `receive.hideRefs`, `core.alternateRefsPrefixes`). Null where they are too many
 * for a command.
 */
export function quietReceiver(refs: readonly RefName[]): string | null {
  const settings = [
    ...crowded.map((folder) => `receive.hideRefs=${folder}`),
    ...refs.map((ref) => `receive.hideRefs=!${ref}`),
    'core.alternateRefsPrefixes=refs/none',
  ]
  const command = `git ${settings.map((one) => `-c ${quoteForShell(one)}`).join(' ')} receive-pack`
  return Buffer.byteLength(command) > maxCommandBytes ? null : command
}

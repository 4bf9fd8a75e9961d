import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import type { ProjectConfig } from '../../config/config.ts'
import { BotError } from '../../core/bot-error.ts'
import type { OverlayFile } from '../../core/pull-request/overlay.ts'
import type { ProjectPorts } from '../../flow/ports.ts'
import type { Forge } from '../../forge/forge.ts'

function unusable(message: string, cause?: unknown): BotError {
  return new BotError('CLI_OVERLAY_UNUSABLE', message, { retry: 'later', cause })
}

async function readOne(folder: string, name: string): Promise<OverlayFile> {
  const file = path.join(folder, name)
  const at = name.split(path.sep).join('/')
  const found = await lstat(file)
  if (found.isSymbolicLink()) {
    return { path: at, mode: '120000', content: Buffer.from(await readlink(file)) }
  }
  if (!found.isFile()) {
    throw unusable(`${file} is neither a file nor a symlink`)
  }
  const mode = (found.mode & 0o100) === 0 ? '100644' : '100755'
  return { path: at, mode, content: await readFile(file) }
}

async function namesIn(folder: string, below: string): Promise<readonly string[]> {
  const names: string[] = []
  for (const entry of await readdir(path.join(folder, below), { withFileTypes: true })) {
    const name = path.join(below, entry.name)
    // The operator may keep the folder in git, whose own files are none of the overlay's.
    if (entry.name !== '.git') {
      names.push(...(entry.isDirectory() ? await namesIn(folder, name) : [name]))
    }
  }
  return names
}

/**
 * All files below `folder` but git's own, by path. Throws CLI_OVERLAY_UNUSABLE, also where there are none: a folder that is not
 * mounted must not take CI away.
 */
export async function readOverlay(folder: string): Promise<readonly OverlayFile[]> {
  try {
    const names = await namesIn(folder, '')
    if (names.length === 0) {
      throw unusable(`${folder} holds no files`)
    }
    return await Promise.all(names.toSorted().map((name) => readOne(folder, name)))
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw error instanceof BotError ? error : unusable(`${folder}: ${said}`, error)
  }
}

/** A workflow of the event whose workflows come from the base, as far as that can be told without reading YAML. */
function isOfTarget({ path: name, content }: OverlayFile): boolean {
  return (
    /^\.(?:forgejo|gitea|github)\/workflows\//.test(name) &&
    /^[^#]*\bpull_request_target\b/m.test(Buffer.from(content).toString('utf8'))
  )
}

/** Throws CLI_OVERLAY_UNREAD where none of the files would have CI do anything for a pull request. */
async function readTargetOverlay(folder: string): Promise<readonly OverlayFile[]> {
  const files = await readOverlay(folder)
  if (!files.some(isOfTarget)) {
    const message = `no workflow in ${folder} runs on \`pull_request_target\`, and no other is read from the base`
    throw new BotError('CLI_OVERLAY_UNREAD', message, { retry: 'later' })
  }
  return files
}

/**
 * How the overlay of a project is read; null where it has none. Throws CLI_OVERLAY_UNREAD where CI would not read it, and
 * CLI_OVERLAY_SECRETS where CI would read it, but with secrets that pull requests do not get without it.
 */
export function openOverlay(
  { name, overlayFolder, placement, holdsNoSecrets }: ProjectConfig,
  { capabilities }: Pick<Forge, 'capabilities'>,
): ProjectPorts['overlay'] {
  if (overlayFolder === null) {
    return null
  }
  if (capabilities.ciReadsMerge) {
    return () => readOverlay(overlayFolder)
  }
  if (!capabilities.ciReadsTarget) {
    const message = `the CI of the mirror of ${name} does not read what is only on the base`
    throw new BotError('CLI_OVERLAY_UNREAD', message, { retry: 'after-human' })
  }
  if (!holdsNoSecrets && (placement === 'fork' || placement === 'agit')) {
    const message = `the overlay of ${name} would give strangers’ patches the secrets of its mirror`
    throw new BotError('CLI_OVERLAY_SECRETS', message, { retry: 'after-human' })
  }
  return () => readTargetOverlay(overlayFolder)
}
